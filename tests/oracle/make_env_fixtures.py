#!/usr/bin/env python3
"""Writes tests/oracle/envs/*.json: steps of Gymnasium's own v4 environments, as recordings.

    pip install 'gymnasium[mujoco]<1.0' 'mujoco==2.3.7'
    python tests/oracle/make_env_fixtures.py

Five seeds an environment play random actions. Out of each episode a few moments are picked, the
last steps among them, so that terminations are there. From every moment's state Gymnasium starts
anew and takes two steps: fixtures made by one MuJoCo and tested with another stay comparable only
over a few steps, for contacts amplify differences in rounding.

With --whole DIRECTORY, whole episodes are written there instead: a test for a build against the very
same MuJoCo, too large to keep.
"""

import argparse
import json
import pathlib

import gymnasium
import mujoco
import numpy as np

ENVS = {"hopper": "Hopper-v4", "walker2d": "Walker2d-v4", "halfcheetah": "HalfCheetah-v4", "ant": "Ant-v4"}
SEEDS = range(5)
MOMENTS = {"hopper": 8, "walker2d": 6, "halfcheetah": 6, "ant": 3}  # of an episode; under 100 KB a file
STEPS = 2
OPTIONS = ("timestep", "integrator", "solver", "iterations", "tolerance", "cone")
ARRAYS = (
    "qpos0 qpos_spring body_mass body_inertia body_pos body_quat body_ipos jnt_type jnt_pos jnt_axis "
    "jnt_range jnt_stiffness jnt_limited jnt_solref jnt_solimp dof_damping dof_armature geom_type "
    "geom_bodyid geom_contype geom_conaffinity geom_condim geom_size geom_pos geom_quat geom_friction "
    "geom_margin geom_solref geom_solimp actuator_gear actuator_ctrlrange"
).split()


def constants(model):
    values = {key: getattr(model, key) for key in ("nq", "nv", "nu", "nbody", "ngeom", "njnt")}
    values.update({key: getattr(model.opt, key) for key in OPTIONS})
    values.update({key: np.asarray(getattr(model, key)).ravel().tolist() for key in ARRAYS})
    values["actuator_joint"] = model.actuator_trnid[:, 0].tolist()
    return values


def start_at(env, qpos, qvel):
    """Gymnasium's own reset, but to a given state; the observation there."""
    mujoco.mj_resetData(env.model, env.data)
    env.set_state(np.asarray(qpos), np.asarray(qvel))
    return env._get_obs().tolist()


def step(env, action):
    observation, reward, terminated, _, _ = env.step(np.asarray(action))
    return {
        "action": action,
        "obs": observation.tolist(),
        "reward": float(reward),
        "terminated": bool(terminated),
    }


def play(env, seed, limit):
    """The states before each step of an episode, and its actions, until it ends."""
    random = np.random.default_rng(seed)
    env.reset(seed=seed)
    states, actions = [], []
    terminated = False
    while not terminated and len(actions) < limit:
        states.append((env.data.qpos.tolist(), env.data.qvel.tolist()))
        # Gentler and gentler seeds: falls come at different times and in different ways.
        actions.append((random.uniform(-1, 1, env.model.nu) * (1 - seed / 6)).round(3).tolist())
        terminated = step(env, actions[-1])["terminated"]
    return states, actions


def episode(env, state, actions):
    record = {"qpos": state[0], "qvel": state[1], "obs0": start_at(env, *state), "steps": []}
    for action in actions:
        record["steps"].append(step(env, action))
        if record["steps"][-1]["terminated"]:
            break
    return record


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--whole", type=pathlib.Path, help="write whole episodes into this directory")
    arguments = parser.parse_args()
    folder = arguments.whole or pathlib.Path(__file__).parent / "envs"
    folder.mkdir(parents=True, exist_ok=True)
    for name, gymnasium_name in ENVS.items():
        env = gymnasium.make(gymnasium_name).unwrapped
        episodes = []
        for seed in SEEDS:
            states, actions = play(env, seed, limit=1000 if arguments.whole else 150)
            if arguments.whole:
                episodes.append(episode(env, states[0], actions))
                continue
            moments = np.linspace(0, len(actions) - STEPS, MOMENTS[name]).astype(int)
            for moment in sorted(set(moments.tolist())):
                episodes.append(episode(env, states[moment], actions[moment : moment + STEPS]))
        recording = {
            "env": name,
            "mujoco_version": mujoco.__version__,
            "frame_skip": env.frame_skip,
            "dt": float(env.dt),
            "model": constants(env.model),
            "episodes": episodes,
        }
        path = folder / f"{name}.json"
        path.write_text(json.dumps(recording, separators=(",", ":")) + "\n")
        ends = sum(e["steps"][-1]["terminated"] for e in episodes)
        print(f"{path}: {len(episodes)} episodes, {ends} terminations, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
