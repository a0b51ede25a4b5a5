#!/usr/bin/env python3
"""h5py and Minari read the datasets that seqrl collects: run as datasets_test.py SEQRL.

Exit status 77, which CTest counts as skipped, if h5py, numpy or minari is not installed.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py
    import minari
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

TRANSITIONS = 700


def collect(seqrl, *settings):
    command = [seqrl, "collect", "env=hopper", f"transitions={TRANSITIONS}", *settings]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def check_d4rl(path):
    shapes = {
        "observations": (11,),
        "next_observations": (11,),
        "actions": (3,),
        "rewards": (),
        "terminals": (),
        "timeouts": (),
        "infos/qpos": (6,),
        "infos/qvel": (6,),
        "infos/action_log_probs": (),
    }
    with h5py.File(path) as file:
        for name, shape in shapes.items():
            assert file[name].shape == (TRANSITIONS, *shape), name
            kind = "bool" if name in ("terminals", "timeouts") else None
            kind = kind or ("float64" if "infos/q" in name else "float32")
            assert file[name].dtype == kind, name
        for name in ("algorithm", "policy_name", "command", "env", "seed", "mujoco_version"):
            assert file[f"metadata/{name}"][()], name
        weights = file["metadata/policy/actor/0/weight"]
        assert weights.shape[1] == 11 and np.isfinite(weights).all()
        # Within an episode the next observation equals that of the next step.
        ends = file["terminals"][:] | file["timeouts"][:]
        same = (file["next_observations"][:-1] == file["observations"][1:]).all(axis=1)
        assert (same | ends[:-1]).all()
        return file["observations"][:], file["rewards"][:]


def check_minari(root, observations, rewards):
    os.environ["MINARI_DATASETS_PATH"] = str(root)
    dataset = minari.load_dataset("hopper/medium-v0")
    assert dataset.total_steps == TRANSITIONS
    assert dataset.env_spec.id == "Hopper-v4"
    assert dataset.observation_space.shape == (11,)
    episodes = list(dataset.iterate_episodes())
    assert len(episodes) == dataset.total_episodes
    seen = np.concatenate([episode.observations[:-1] for episode in episodes])
    assert (seen == observations).all()
    assert (np.concatenate([episode.rewards for episode in episodes]) == rewards).all()
    assert all(episode.terminations[-1] or episode.truncations[-1] for episode in episodes[:-1])


def main():
    seqrl = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        collect(seqrl, "policy=medium", f"output={root}/medium.hdf5")
        collect(seqrl, "policy=medium", "format=minari", f"output={root}/hopper/medium-v0")
        check_minari(root, *check_d4rl(root / "medium.hdf5"))
    print("h5py and Minari read what seqrl collects")


if __name__ == "__main__":
    main()
