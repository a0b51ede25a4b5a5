#!/usr/bin/env python3
"""Writes tests/oracle/envs/*.json: recordings of steps of Gymnasium's v4 and v5 environments.

    pip install 'gymnasium[mujoco]<1.0' 'mujoco==2.3.7'      # in a virtual environment for v4
    python tests/oracle/make_env_fixtures.py --version v4
    pip install 'gymnasium[mujoco]==1.4.0' 'mujoco==3.2.3'   # in another one for v5
    python tests/oracle/make_env_fixtures.py --version v5

Each environment plays random actions with five seeds (three for the humanoids). A few moments of each
episode are selected, including its last steps, so that terminations are included. From the state of each
moment Gymnasium is restarted and takes two steps: fixtures written with one version of MuJoCo and tested
with another stay comparable only over a few steps, because contacts amplify rounding differences. The v5
fixtures are written with 3.2.3, like Minari's datasets: 2.3.7 misses contacts of spheres with a floor
within their margin, which 2.2.2 and 3.2.3 detect, and 3.4.0 solves the contacts of humanoids differently.

With --whole DIRECTORY, whole episodes are written to that directory instead, as a test of a build with
exactly the same MuJoCo. They are too large for the repository.
"""

import argparse
import json
import pathlib

import gymnasium
import mujoco
import numpy as np

ENVS = {
    "v4": {"hopper": "Hopper-v4", "walker2d": "Walker2d-v4", "halfcheetah": "HalfCheetah-v4", "ant": "Ant-v4"},
    "v5": {
        "hopper_v5": "Hopper-v5",
        "walker2d_v5": "Walker2d-v5",
        "halfcheetah_v5": "HalfCheetah-v5",
        "ant_v5": "Ant-v5",
        "humanoid_v5": "Humanoid-v5",
        "humanoid_standup_v5": "HumanoidStandup-v5",
        "inverted_pendulum_v5": "InvertedPendulum-v5",
        "inverted_double_pendulum_v5": "InvertedDoublePendulum-v5",
        "reacher_v5": "Reacher-v5",
        "pusher_v5": "Pusher-v5",
        "swimmer_v5": "Swimmer-v5",
    },
}
SEEDS = 5
MOMENTS = 6  # per episode
# Exceptions, to keep each file under 120 KB.
SEEDS_OF = {"humanoid_v5": 3, "humanoid_standup_v5": 3}
MOMENTS_OF = {"hopper": 8, "ant": 3, "hopper_v5": 8, "ant_v5": 3, "humanoid_v5": 2, "humanoid_standup_v5": 2}
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
    """Resets to a given state, as Gymnasium's reset does. Returns the observation."""
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
    """Plays an episode. Returns the state before each step, and the actions."""
    random = np.random.default_rng(seed)
    low, high = env.model.actuator_ctrlrange.T
    env.reset(seed=seed)
    states, actions = [], []
    terminated = False
    while not terminated and len(actions) < limit:
        qpos = env.data.qpos.copy()
        mujoco.mj_normalizeQuat(env.model, qpos)  # MuJoCo 2 does this by itself
        states.append((qpos.tolist(), env.data.qvel.tolist()))
        # Smaller actions with each seed: falls happen at different times and in different ways.
        actions.append((random.uniform(low, high) * (1 - seed / 6)).round(3).tolist())
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
    parser.add_argument("--version", choices=ENVS, help="version of Gymnasium's robots; default: both")
    parser.add_argument("--whole", type=pathlib.Path, help="write whole episodes to this directory")
    arguments = parser.parse_args()
    folder = arguments.whole or pathlib.Path(__file__).parent / "envs"
    folder.mkdir(parents=True, exist_ok=True)
    versions = [arguments.version] if arguments.version else ENVS
    names = {name: id for version in versions for name, id in ENVS[version].items()}
    for name, gymnasium_name in names.items():
        made = gymnasium.make(gymnasium_name)
        env = made.unwrapped
        longest = made.spec.max_episode_steps if arguments.whole else 150
        episodes = []
        for seed in range(SEEDS if arguments.whole else SEEDS_OF.get(name, SEEDS)):
            states, actions = play(env, seed, min(longest, made.spec.max_episode_steps))
            if arguments.whole:
                episodes.append(episode(env, states[0], actions))
                continue
            moments = np.linspace(0, len(actions) - STEPS, MOMENTS_OF.get(name, MOMENTS)).astype(int)
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
