"""Times h5py reading the arrays that a Decision Transformer trains on: read_h5py.py FILE [REPEATS].

Prints the time of the fastest of REPEATS (default 5) reads, in seconds, as a JSON object.
"""
import json
import sys
import time

import h5py

ARRAYS = ("observations", "actions", "rewards", "terminals", "timeouts")


def read(path: str) -> float:
    start = time.perf_counter()
    with h5py.File(path, "r") as file:
        arrays = [file[name][()] for name in ARRAYS]
    assert all(len(array) == len(arrays[0]) for array in arrays)
    return time.perf_counter() - start


def main() -> None:
    path, repeats = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    seconds = min(read(path) for _ in range(repeats))
    print(json.dumps({"file": path, "h5py": h5py.__version__, "seconds": seconds}))


if __name__ == "__main__":
    main()
