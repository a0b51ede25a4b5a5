#!/usr/bin/env bash
# Tests the JSON schemas of configs with a validator, installed from PyPI into a virtual environment.
#
#   tools/test_schema.sh [PROGRAM]            build/seqrl; the environment is build/schema
#   tools/test_schema.sh PROGRAM PYTHON       an interpreter that already has jsonschema and ruamel.yaml
#
# If PyPI cannot be reached, it says so and tests nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

program=$(realpath "${1:-build/seqrl}")
python=${2:-}
if [[ -z $python ]]; then
  python=build/schema/bin/python
  if ! "$python" -c 'import jsonschema, ruamel.yaml' 2> /dev/null &&
     ! { python3 -m venv build/schema && "$python" -m pip install --quiet jsonschema ruamel.yaml; } 2> /dev/null; then
    echo "schema: skipped, its validator cannot be installed from PyPI"
    exit 0
  fi
fi
exec "$python" tests/python/schema_test.py "$program"
