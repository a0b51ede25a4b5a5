#!/usr/bin/env python3
"""Evaluates an agent in Gymnasium's own MuJoCo environments, beside what `seqrl eval` plays.

    PYTHONPATH=build/python tools/examples/python/evaluate_in_gymnasium.py hopper-expert
    … evaluate_in_gymnasium.py runs/hopper-min_gru --target 3600 --episodes 20

All episodes advance together, in a vectorised environment. They start where those of `seqrl eval`
start, so that what differs is Gymnasium's code and the version of MuJoCo it comes with.
"""

import argparse
import sys
import warnings

import gymnasium
import numpy as np
import seqrl

GYMNASIUM = {"hopper": "Hopper-v4", "walker2d": "Walker2d-v4", "halfcheetah": "HalfCheetah-v4",
             "ant": "Ant-v4"}


def set_starts(envs, name, seed):
    """Puts every environment where the seqrl episode of its number starts."""
    ours, observations = seqrl.Env(name), []
    for episode, env in enumerate(envs.envs):
        observations.append(ours.reset(seqrl.episode_seed(seed, episode)))
        qpos, qvel = ours.state()
        env.unwrapped.set_state(qpos, qvel)
    return np.stack(observations)


def evaluate(actor, target, episodes, seed):
    envs = gymnasium.vector.SyncVectorEnv([lambda: gymnasium.make(GYMNASIUM[actor.env])] * episodes)
    envs.reset(seed=seed)
    observations = set_starts(envs, actor.env, seed)
    rewards, returns, playing = np.zeros(episodes), np.zeros(episodes), np.ones(episodes, bool)
    actor.reset(target)
    while playing.any():
        observations, rewards, terminated, truncated, _ = envs.step(actor.act(observations, rewards))
        returns += np.where(playing, rewards, 0)
        done = terminated | truncated
        playing &= ~done
        if done.any():
            actor.reset(target, where=done)  # the environments start over by themselves
    return returns


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("agent", help="a run, a checkpoint, or a shipped policy: hopper-expert")
    parser.add_argument("--target", type=float, help="the return to ask for; the config's first")
    parser.add_argument("--episodes", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the start states")
    options = parser.parse_args()
    if options.episodes < 1:
        parser.error("--episodes must be at least 1")

    warnings.filterwarnings("ignore", message=".*out of date.*")  # v4 is what D4RL's scores mean
    actor = seqrl.Actor(options.agent, environments=options.episodes)
    if actor.env not in GYMNASIUM:
        raise ValueError(f"{actor.env} is none of {', '.join(GYMNASIUM)}")
    returns = evaluate(actor, options.target, options.episodes, options.seed)
    score = seqrl.normalized_score(actor.env, returns.mean())
    print(f"{GYMNASIUM[actor.env]}, {options.episodes} episodes: return {returns.mean():.1f} ± "
          f"{returns.std():.1f}" + ("" if score is None else f", score {score:.1f}"))


if __name__ == "__main__":
    try:
        main()
    except (ValueError, RuntimeError) as error:
        sys.exit(f"error: {error}")
