#!/usr/bin/env bash
# Compares seqrl with PyTorch and h5py on this machine's processor, and prints one table of targets and
# results. Builds build/ if it does not exist. Creates a virtual environment in ~/.cache/seqrl for the
# peers, installs them from PyPI, and leaves out those that cannot be installed.
#
#   tools/bench/cpu.sh [PART…]          train, length, attention, evaluate, load; all if none is given
#   PYTHON=python3 tools/bench/cpu.sh   a python that already has torch and h5py
#   SEQRL=build/seqrl                   the program to measure
set -euo pipefail
cd "$(dirname "$0")/../.."
seqrl=${SEQRL:-build/seqrl}
if [[ ! -x $seqrl ]]; then
  bash tools/install-dependencies.sh
  cmake --preset release > /dev/null
  bash tools/build.sh build seqrl
fi
python=${PYTHON:-${XDG_CACHE_HOME:-$HOME/.cache}/seqrl/peers/bin/python}
if [[ -z ${PYTHON:-} && ! -x $python ]]; then
  echo "==> creating a virtual environment for torch and h5py in ${python%/bin/python}"
  python3 -m venv "${python%/bin/python}"
  "${python%/bin/python}/bin/pip" install --quiet torch numpy h5py ||
    echo "==> pip cannot install torch or h5py; the benchmarks that need them are skipped"
fi
exec "$python" tools/bench/cpu.py "$seqrl" "$@"
