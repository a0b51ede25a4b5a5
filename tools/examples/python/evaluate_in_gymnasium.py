#!/usr/bin/env python3
"""Evaluates an agent in Gymnasium's own MuJoCo environments, beside what `seqrl eval` plays.

    evaluate_in_gymnasium.py hopper-expert
    evaluate_in_gymnasium.py runs/hopper-min_gru --target 3600 --episodes 20

The episodes start where those of `seqrl eval` start, so that what differs is Gymnasium's code and the
version of MuJoCo it comes with.
"""

import argparse
import sys
import warnings

import gymnasium
import seqrl

GYMNASIUM = {"hopper": "Hopper-v4", "walker2d": "Walker2d-v4", "halfcheetah": "HalfCheetah-v4",
             "ant": "Ant-v4"}


class OurStarts(gymnasium.Wrapper):
    """Starts an episode where seqrl's environment of that name does for the same seed."""

    def __init__(self, name):
        super().__init__(gymnasium.make(GYMNASIUM[name]))
        self.ours = seqrl.Env(name)

    def reset(self, *, seed=None, options=None):
        self.env.reset(seed=seed, options=options)
        observation = self.ours.reset(seed)
        self.unwrapped.set_state(*self.ours.state())
        return observation, {}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("agent", help="a run, a checkpoint, or a shipped policy: hopper-expert")
    parser.add_argument("--target", type=float, help="the return to ask for; the config's first")
    parser.add_argument("--episodes", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the start states")
    options = parser.parse_args()

    warnings.filterwarnings("ignore", message=".*out of date.*")  # v4 is what D4RL's scores mean
    actor = seqrl.Actor(options.agent)
    if actor.env not in GYMNASIUM:
        raise ValueError(f"{actor.env} is none of {', '.join(GYMNASIUM)}")
    target = options.target or (actor.targets[0] if actor.uses_targets else None)
    evaluation = seqrl.evaluate(options.agent, lambda: OurStarts(actor.env), episodes=options.episodes,
                                targets=target, mode="stream", seed=options.seed)
    result = evaluation["targets"][0]
    print(f"{evaluation['env']}, {result['episodes']} episodes: return {result['return_mean']:.1f} ± "
          f"{result['return_std']:.1f}, score {result['score_mean']:.1f}")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, RuntimeError) as error:
        sys.exit(f"error: {error}")
