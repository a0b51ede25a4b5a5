#!/usr/bin/env bash
# Tests a wheel in a virtual environment that otherwise holds only numpy, outside this repository: the program,
# the module, then the package's own tests and types.
#
#   tools/python/test-wheel.sh WHEEL          PYTHON=python3.12 for that Python
set -euo pipefail

wheel=$(realpath "${1:?tools/python/test-wheel.sh WHEEL}")
tests=$(realpath "$(dirname "$0")/../../tests/python")
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet "$wheel"
cd "$work"
unset PYTHONPATH LD_LIBRARY_PATH
export PATH=$work/venv/bin:/usr/bin:/bin

echo "==> wheel: $(python -m pip list --format=freeze | grep -v ^pip= | tr '\n' ' ')"
seqrl --version
seqrl collect env=hopper policy=medium transitions=1000 output=hopper.hdf5
printf 'env: hopper\ndataset: {path: hopper.hdf5}\nbackbone: {kind: min_gru, dim: 16}\n' > hopper.yaml
seqrl train hopper.yaml training.steps=20 evaluation.episodes=1 output=run
seqrl eval run episodes=2
ls "$work"/venv/share/{man/man1/seqrl-train.1,bash-completion/completions/seqrl,seqrl/config.schema.json}
python -c 'import seqrl; print(seqrl.Run("run"), seqrl.load_dataset("hopper.hdf5"))'

python -m pip install --quiet mypy pandas gymnasium
python "$tests/package_test.py" "$work/venv/bin/seqrl"
python "$tests/module_test.py" "$work/venv/bin/seqrl"
echo "==> wheel: passed"
