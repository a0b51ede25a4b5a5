#!/usr/bin/env bash
# Builds seqrl and runs its tests, on a bare Debian 12 too: what is missing is installed first.
#
#   tools/test.sh                  the optimised build, warnings as errors
#   tools/test.sh PRESET…          those of debug, asan, ubsan, tsan (see CMakePresets.json)
#   tools/test.sh all              all of them
set -euo pipefail
cd "$(dirname "$0")/.."

known=(release debug asan ubsan tsan)
presets=("$@")
(( $# )) || presets=(release)
[[ "${presets[*]}" == all ]] && presets=("${known[@]}")
for preset in "${presets[@]}"; do
  if [[ " ${known[*]} " != *" $preset "* ]]; then
    echo "tools/test.sh: no preset '$preset'; known: ${known[*]}, all" >&2
    exit 2
  fi
done

bash tools/install-dependencies.sh
bash tools/lint.sh format

options=(-DSEQRL_WERROR=ON)
if command -v ccache > /dev/null; then
  options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_CUDA_COMPILER_LAUNCHER=ccache)
fi
# The Python module, where there is what it needs; not with sanitizers, which Python runs without.
python_options=()
for python in python3 /usr/bin/python3; do
  if "$python" -c 'import numpy' 2> /dev/null &&
     headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))') &&
     [[ -f $headers/Python.h ]] &&
     { [[ -d /usr/include/pybind11 ]] || "$python" -c 'import pybind11' 2> /dev/null; }; then
    python_options=(-DSEQRL_PYTHON=ON "-DPython3_EXECUTABLE=$(command -v "$python")")
    break
  fi
done

log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() { "$@" > "$log" 2>&1 || { cat "$log"; return 1; }; }

failed=()
for preset in "${presets[@]}"; do
  folder=build-$preset
  [[ $preset == release ]] && folder=build
  start=$SECONDS
  echo "==> $preset: building in $folder"
  own_options=("${options[@]}")
  [[ $preset == release ]] && own_options+=("${python_options[@]}")
  if ! quietly cmake --preset "$preset" "${own_options[@]}" || ! bash tools/build.sh "$folder"; then
    echo "==> $preset: the build failed; the errors are above"
    failed+=("$preset")
    continue
  fi
  echo "==> $preset: built in $((SECONDS - start)) s; testing"
  ctest --test-dir "$folder" --output-on-failure --no-tests=error --parallel "$(nproc)" ||
    failed+=("$preset")
done

if (( ${#presets[@]} > 1 )); then
  echo "==> passed: $(( ${#presets[@]} - ${#failed[@]} )) of ${#presets[@]}${failed:+; failed: ${failed[*]}}"
fi
(( ${#failed[@]} == 0 ))
