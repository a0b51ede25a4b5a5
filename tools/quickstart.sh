#!/usr/bin/env bash
# From a fresh clone to a trained agent: installs missing packages (Debian 12), builds, collects a
# dataset with the shipped policies, trains a minGRU agent on it and evaluates the agent in MuJoCo.
set -euo pipefail
cd "$(dirname "$0")/.."

bash tools/install-dependencies.sh
echo "==> building (the first build takes some minutes, up to twenty on two cores)"
options=()
if command -v ccache > /dev/null; then
  options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! cmake --preset release ${options[@]+"${options[@]}"} > "$log" 2>&1; then
  cat "$log"
  echo "==> configuring the build failed; see the errors above" >&2
  exit 1
fi
if ! bash tools/build.sh build seqrl; then
  echo "==> the build failed; see the errors above" >&2
  exit 1
fi

data=runs/quickstart/hopper-medium-expert.hdf5
run=runs/quickstart/agent
mkdir -p runs/quickstart
echo "==> collecting a hopper dataset, half with a medium and half with an expert policy"
build/seqrl collect env=hopper policy=medium-expert transitions=100000 output="$data" overwrite=true
build/seqrl info "$data"
echo "==> the returns of a random and of the medium policy"
build/seqrl collect env=hopper policy=random transitions=2000 output=runs/quickstart/random.hdf5 overwrite=true
build/seqrl collect env=hopper policy=medium transitions=20000 output=runs/quickstart/medium.hdf5 overwrite=true
echo "==> training a minGRU Decision Transformer on it, then evaluating it"
if [ -f "$run/config.yaml" ]; then
  echo "==> $run exists from an earlier start and is resumed; remove it to start over"
  build/seqrl train --resume "$run"
else
  build/seqrl train configs/quickstart.yaml output="$run"
fi
echo "==> the run is in $run; 'build/seqrl info $run' shows it, 'build/seqrl report $run' writes a page about it"
