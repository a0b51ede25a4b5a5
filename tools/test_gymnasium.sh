#!/usr/bin/env bash
# Tests the environment kind gymnasium against Gymnasium itself, installed from PyPI into a virtual environment.
#
#   tools/test_gymnasium.sh [PROGRAM]            build/seqrl; the environment is build/gymnasium
#   tools/test_gymnasium.sh PROGRAM PYTHON       an interpreter that already has gymnasium and mujoco
#
# If PyPI cannot be reached, it says so and tests nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

program=$(realpath "${1:-build/seqrl}")
python=${2:-}
if [[ ! -x $program ]]; then
  echo "tools/test_gymnasium.sh: no program $program: build it first" >&2
  exit 2
fi
if [[ -z $python ]]; then
  python=build/gymnasium/bin/python
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  # MuJoCo 3.4.0 is the newest version that all of these environments support. The module seqrl does not support
  # numpy 2 if it is built with Debian's pybind11.
  if ! "$python" -c 'import gymnasium, gymnasium_robotics, minigrid' 2> /dev/null; then
    if ! { python3 -m venv build/gymnasium && "$python" -m pip install --quiet \
           gymnasium mujoco==3.4.0 gymnasium-robotics==1.4.2 minigrid 'numpy<2'; } > "$log" 2>&1; then
      echo "gymnasium: skipped, it cannot be installed from PyPI: $(tail -n 1 "$log")"
      exit 0
    fi
  fi
fi
module=$(dirname "$program")/python
PYTHONPATH=$module${PYTHONPATH:+:$PYTHONPATH} exec "$python" tests/python/gymnasium_test.py "$program"
