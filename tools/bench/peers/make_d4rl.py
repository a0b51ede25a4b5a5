"""Writes a hopper-like file in the D4RL v2 layout, for timing loaders: make_d4rl.py OUTPUT [TRANSITIONS [raw]].

The arrays and their compression are those of D4RL's files (float32, bool, gzip 9, h5py's default
chunks). The values are sines of a random walk, which compress about as poorly as real data. With `raw`
nothing is compressed.
"""
import sys

import h5py
import numpy as np


def main() -> None:
    path, transitions = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    rng = np.random.default_rng(0)

    def walk(dim: int) -> np.ndarray:
        steps = rng.normal(0, 0.1, (transitions, dim)).astype(np.float32)
        return np.sin(np.cumsum(steps, axis=0)).astype(np.float32)

    ends = np.arange(1, transitions + 1) % 500 == 0
    terminated = ends & (rng.random(transitions) < 0.8)
    observations = walk(11)
    arrays = {
        "observations": observations,
        "next_observations": np.roll(observations, -1, axis=0),
        "actions": walk(3),
        "rewards": rng.normal(3, 1, transitions).astype(np.float32),
        "terminals": terminated,
        "timeouts": ends & ~terminated,
    }
    options = {} if sys.argv[3:] == ["raw"] else {"compression": "gzip", "compression_opts": 9}
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file.create_dataset(name, data=values, **options)


if __name__ == "__main__":
    main()
