#!/usr/bin/env bash
# From a fresh clone to a trained agent: installs missing packages (Debian 12), builds, collects a
# dataset with the shipped policies, trains a minGRU agent on it and evaluates the agent in MuJoCo.
set -euo pipefail
cd "$(dirname "$0")/.."

bash tools/install-dependencies.sh
echo "==> building (the first time some minutes, on two cores up to twenty)"
options=()
if command -v ccache > /dev/null; then
  options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! cmake --preset release ${options[@]+"${options[@]}"} > "$log" 2>&1; then
  cat "$log"
  echo "==> the build could not be prepared; the errors are above" >&2
  exit 1
fi
if ! bash tools/build.sh build seqrl; then
  echo "==> the build failed; the errors are above" >&2
  exit 1
fi

data=runs/quickstart/hopper-medium-expert.hdf5
run=runs/quickstart/agent
mkdir -p runs/quickstart
echo "==> collecting a hopper dataset: half by a medium, half by an expert policy"
build/seqrl collect env=hopper policy=medium-expert transitions=100000 output="$data" overwrite=true
build/seqrl info "$data"
echo "==> what a random policy gets, and the medium one"
build/seqrl collect env=hopper policy=random transitions=2000 output=runs/quickstart/random.hdf5 overwrite=true
build/seqrl collect env=hopper policy=medium transitions=20000 output=runs/quickstart/medium.hdf5 overwrite=true
echo "==> training a minGRU Decision Transformer on it, then evaluating it"
if [ -f "$run/config.yaml" ]; then
  echo "==> $run is there from an earlier start and is gone on with; remove it to start anew"
  build/seqrl train --resume "$run"
else
  build/seqrl train configs/quickstart.yaml output="$run"
fi
echo "==> the run is in $run; 'build/seqrl info $run' shows it, 'build/seqrl report $run' makes a page of it"
