#!/usr/bin/env bash
# Prints a table of the environments' deviations from recordings under several MuJoCo versions. The check is
# that of `seqrl check`, without the rest of seqrl, which would have to be compiled for each version.
#
#   tools/mujoco_versions.sh [VERSION…] [RECORDING.json…]
#
# VERSION is a version on PyPI (3.4.0, newest), or system, which is Debian's. Default: system, 3.4.0 and newest.
# The default recordings are those of tests/oracle/envs; each is a row. The build folder is build-mujoco.
set -euo pipefail
cd "$(dirname "$0")/.."

versions=() recordings=()
for argument in "$@"; do
  if [[ $argument == *.json ]]; then recordings+=("$argument"); else versions+=("$argument"); fi
done
(( ${#versions[@]} )) || versions=(system 3.4.0 newest)
(( ${#recordings[@]} )) || recordings=(tests/oracle/envs/*.json)
options=()
if command -v ccache > /dev/null; then options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for version in "${versions[@]}"; do
  root=
  if [[ $version != system ]]; then
    said=$(bash tools/install-dependencies.sh --mujoco "$version") || continue
    root=${said##*MuJoCo_ROOT=}
  fi
  echo "==> $version: building" >&2
  { cmake --preset release -B build-mujoco "${options[@]}" -DSEQRL_CUDA=OFF "-DMuJoCo_ROOT=$root" &&
    cmake --build build-mujoco --target env_deviations; } > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  build-mujoco/tests/env_deviations "${recordings[@]}" >> "$work/columns"
done
awk '
  /^MuJoCo / { ++columns; head[columns] = $2; row = 0; next }
  { name[++row] = $1; cell[row, columns] = $2; if (row > rows) rows = row }
  function line(first, row,    i) {
    printf "| %-20s |", first
    for (i = 1; i <= columns; ++i) {
      text = row == 0 ? head[i] : row < 0 ? "---" : cell[row, i]
      gsub(/_/, " ", text)
      printf " %-10s |", text
    }
    print ""
  }
  END { line("environment", 0); line("---", -1); for (i = 1; i <= rows; ++i) line(name[i], i) }' "$work/columns"
