#!/usr/bin/env bash
# Tests the Python package with the packages that people use with it, installed from PyPI into a virtual environment:
# Gymnasium, mypy, pandas, matplotlib, Optuna, ONNX Runtime, and the trackers W&B, MLflow and Trackio, all offline.
#
#   tools/test_python.sh [PROGRAM]            build/seqrl; the environment is build/gymnasium
#   tools/test_python.sh PROGRAM PYTHON       an interpreter that already has these
#
# If PyPI cannot be reached, or the package is not built, it says so and tests nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

program=$(realpath "${1:-build/seqrl}")
python=${2:-}
module=$(dirname "$program")/python
if [[ ! -d $module ]]; then
  echo "python: skipped, the package is not built (-DSEQRL_PYTHON=ON)"
  exit 0
fi
if [[ -z $python ]]; then
  python=build/gymnasium/bin/python  # shared with tools/test_gymnasium.sh
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  # The package does not support numpy 2 if it is built with Debian's pybind11.
  if ! "$python" -c 'import gymnasium_robotics, mujoco, mypy, pandas, matplotlib, optuna, onnxruntime, wandb, mlflow, trackio' 2> /dev/null; then
    if ! { [[ -x $python ]] || python3 -m venv build/gymnasium; } > "$log" 2>&1 ||
       ! "$python" -m pip install --quiet gymnasium mujoco==3.4.0 gymnasium-robotics==1.4.2 'numpy<2' mypy pandas matplotlib optuna \
           onnxruntime wandb mlflow-skinny sqlalchemy alembic trackio > "$log" 2>&1; then
      echo "python: skipped, its packages cannot be installed from PyPI: $(tail -n 1 "$log")"
      exit 0
    fi
  fi
fi
export PYTHONPATH=$module${PYTHONPATH:+:$PYTHONPATH}
for test in package tracking examples onnx; do
  start=$SECONDS
  "$python" "tests/python/${test}_test.py" "$program"
  echo "==> python: $test in $((SECONDS - start)) s"
done
