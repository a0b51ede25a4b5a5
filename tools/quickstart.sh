#!/usr/bin/env bash
# From a fresh clone to a trained agent: installs what is missing (Debian 12), builds, makes a small
# dataset, trains a minGRU agent on it and evaluates it in MuJoCo.
set -euo pipefail
cd "$(dirname "$0")/.."

bash tools/install-dependencies.sh
echo "==> building (a few minutes the first time)"
options=()
if command -v ccache > /dev/null; then
  options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake --preset release ${options[@]+"${options[@]}"} && cmake --build build --target seqrl; } > "$log" 2>&1; then
  cat "$log"
  echo "==> the build failed; the errors are above" >&2
  exit 1
fi

run=runs/quickstart/agent
rm -rf "$run"
mkdir -p runs/quickstart
echo "==> collecting a hopper dataset with random actions"
build/seqrl collect env=hopper policy=random transitions=50000 output=runs/quickstart/hopper-random.hdf5
build/seqrl info runs/quickstart/hopper-random.hdf5
echo "==> training a minGRU Decision Transformer"
build/seqrl train configs/quickstart.yaml output="$run"
echo "==> what the agent does when it is asked for more and for less"
build/seqrl eval "$run" episodes=50 mode=stream
echo "==> the run is in $run; 'build/seqrl info $run' shows it"
