#!/usr/bin/env bash
# Builds seqrl and runs its tests, also on a bare Debian 12: missing packages are installed first.
#
#   tools/test.sh                  the optimised build, warnings as errors; a new build uses SEQRL_UNITY
#   tools/test.sh PRESET…          any of release, debug, asan, ubsan, tsan, clang (CMakePresets.json)
#   tools/test.sh all              all of them
#   tools/test.sh --mujoco VERSION [PRESET…]   the same with that MuJoCo from PyPI, in build-…mujoco-VERSION
#   tools/test.sh mujoco [VERSION…]   only the environments under those versions; default: 3.4.0 and the newest
#   tools/test.sh portable         the models with AVX-512, AVX2 and neither, in one program that chooses
#   tools/test.sh python           the Python package with Gymnasium, Optuna, W&B, MLflow, …; reports in Chromium
#   tools/test.sh wheel            the Python wheel, built and tested in its own virtual environment
#   tools/test.sh odr              a link of all objects checks that no two types of the same name differ
#   tools/test.sh fuzz [SECONDS]   libFuzzer on each kind of file, for SECONDS in total; default: 60
#   tools/test.sh torture          a failure or kill at every file operation, and 200 kills per command: hours
set -euo pipefail
cd "$(dirname "$0")/.."

known=(release debug asan ubsan tsan clang)
modes=(odr fuzz torture mujoco portable python wheel)
mujoco=  # the version to test with; Debian's if empty
if [[ ${1:-} == --mujoco ]]; then
  mujoco=${2:-}
  shift $(( $# < 2 ? $# : 2 ))
  if [[ ! $mujoco =~ ^([0-9]+\.[0-9]+\.[0-9]+|newest)$ ]]; then
    echo "tools/test.sh: --mujoco takes a version such as 3.4.0, or newest, not '$mujoco'" >&2
    exit 2
  fi
fi
presets=("$@")
seconds=60
versions=(3.4.0 newest)
(( $# )) || presets=(release)
if [[ ${1:-} == mujoco && $# -gt 1 ]]; then
  presets=(mujoco)
  versions=("${@:2}")
fi
[[ "${presets[*]}" == all ]] && presets=("${known[@]}" odr)
if [[ ${1:-} == fuzz && ${2:-} =~ ^[0-9]+$ && $# == 2 ]]; then
  presets=(fuzz)
  seconds=$2
fi
for preset in "${presets[@]}"; do
  if [[ " ${known[*]} ${modes[*]} " != *" $preset "* ]]; then
    echo "tools/test.sh: no preset '$preset'; known: ${known[*]}, all, ${modes[*]}" >&2
    exit 2
  fi
done

install=()
[[ " ${presets[*]} " =~ \ (clang|fuzz)\  ]] && install=(--clang)
bash tools/install-dependencies.sh "${install[@]}"
bash tools/lint.sh format
bash tools/lint.sh types
bash tools/lint.sh circles
bash tools/lint.sh links

options=(-DSEQRL_WERROR=ON)
if command -v ccache > /dev/null; then
  options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_CUDA_COMPILER_LAUNCHER=ccache)
fi
# The Python module, if its dependencies are installed; not with sanitizers, because Python runs without them.
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

if [[ -n $mujoco ]]; then
  said=$(bash tools/install-dependencies.sh --mujoco "$mujoco")
  options+=("-D${said##*$'\n'}")
  mujoco=${said#*==> MuJoCo }
  mujoco=${mujoco%% *}
fi

log=$(mktemp) others_log=$(mktemp)
trap 'rm -f "$log" "$others_log"' EXIT
quietly() { "$@" > "$log" 2>&1 || { cat "$log"; return 1; }; }

# Each kind of file for its share of the time; findings are stored next to the corpora.
fuzz() {
  local targets=(config safetensors recording d4rl minari minari_metadata npz) target status=0
  for target in "${targets[@]}"; do
    echo "==> fuzz: $target"
    "$folder/tests/fuzz" "$target" "$folder/corpus/$target" -timeout=60 -rss_limit_mb=4096 \
      -artifact_prefix="$folder/$target-" -max_total_time=$((seconds / ${#targets[@]})) \
      -seed="${SEQRL_FUZZ_SEED:-0}" -print_final_stats=1 > "$log" 2>&1 || { cat "$log"; status=1; }
    grep -E 'number_of_executed_units|average_exec_per_sec' "$log" || true
  done
  return $status
}

# The environments under each version in turn, in one folder: only envs/ is recompiled. Versions that pip
# cannot get are left out.
environments() {
  local version said status=0 start
  for version in "${versions[@]}"; do
    start=$SECONDS
    if ! said=$(bash tools/install-dependencies.sh --mujoco "$version" 2>&1); then
      echo "==> mujoco: ${said#error: }"
      [[ $said == "error: no wheel"* ]] && echo "==> mujoco: skipped $version" || status=1
      continue
    fi
    said=${said##*$'\n'}
    version=${said#*/.cache/mujoco-}
    echo "==> mujoco: the environments under ${version%/mujoco}"
    if quietly cmake --preset release -B build-mujoco "${options[@]}" -DSEQRL_CUDA=OFF "-D$said" &&
       bash tools/build.sh build-mujoco test_envs && quietly build-mujoco/tests/test_envs; then
      echo "==> mujoco: $(tail -n 2 "$log" | head -n 1), in $((SECONDS - start)) s"
    else
      status=1
    fi
  done
  return $status
}

# The models' tests with each instruction set that this processor has.
portable() {
  local set status=0
  for set in base avx2 avx512; do
    if ! SEQRL_INSTRUCTIONS=$set build-portable/tests/test_models "the instruction set*" > "$log" 2>&1; then
      echo "==> portable: $set skipped, this processor does not support it"
      continue
    fi
    echo "==> portable: $set"
    SEQRL_INSTRUCTIONS=$set quietly build-portable/tests/test_models || status=1
  done
  return $status
}

# Tests with third-party tools: Python environments, compared with Gymnasium's; needs access to PyPI.
others() {
  local status=0
  bash tools/test_gymnasium.sh build/seqrl || status=1
  bash tools/test_schema.sh build/seqrl || status=1
  return $status
}

# Tests with them that take minutes.
python_package() {
  local status=0
  bash tools/test_python.sh build/seqrl || status=1
  bash tools/test_report.sh build/seqrl || status=1
  return $status
}

# The Python wheel, which is built from packages on PyPI; left out without access to it.
wheel() {
  local said status=0
  # Not tee /dev/stderr, which would empty the file that the output may go to.
  said=$(bash tools/python/build-wheel.sh | tee >(cat >&2)) || status=$?
  (( status == 77 )) && return 0
  (( status == 0 )) && bash tools/python/test-wheel.sh "${said##*$'\n'}"
}

# The ctest tests of a folder. In parallel, tests with third-party tools, which wait for the network.
all_tests() {
  local status=0 pid=
  if [[ $folder == build ]]; then
    others > "$others_log" 2>&1 &
    pid=$!
  fi
  # One more than the number of processors: tests with several processes mostly wait.
  ctest --test-dir "$folder" --output-on-failure --no-tests=error --parallel $(( $(nproc) + 1 )) || status=1
  if [[ -n $pid ]]; then
    wait "$pid" || status=1
    cat "$others_log"
  fi
  return $status
}

failed=()
for preset in "${presets[@]}"; do
  if [[ $preset == mujoco ]]; then
    environments || failed+=("$preset")
    continue
  fi
  if [[ $preset == wheel ]]; then
    wheel || failed+=("$preset")
    continue
  fi
  folder=build-$preset configuration=$preset target=
  case $preset in
    torture) folder=build configuration=release target=test_faults ;;
    python) folder=build configuration=release ;;
    release) folder=build ;;
    odr | fuzz) target=$preset ;;
    portable) configuration=release target=test_models ;;
  esac
  [[ -z $mujoco ]] || folder+=-mujoco-$mujoco
  start=$SECONDS
  echo "==> $preset: building in $folder"
  own_options=("${options[@]}")
  [[ $folder == build ]] && own_options+=("${python_options[@]}")
  [[ $preset == portable ]] && own_options+=(-DSEQRL_NATIVE=OFF -DSEQRL_CUDA=OFF)
  # A new build compiles several sources as one, which is faster. An existing folder keeps its setting.
  [[ $folder == build && ! -f $folder/CMakeCache.txt ]] && own_options+=(-DSEQRL_UNITY=ON)
  if ! quietly cmake --preset "$configuration" -B "$folder" "${own_options[@]}" ||
     ! bash tools/build.sh "$folder" $target; then
    echo "==> $preset: the build failed; see the errors above"
    failed+=("$preset")
    continue
  fi
  echo "==> $preset: built in $((SECONDS - start)) s; testing"
  case $preset in
    odr) ;;  # the build is the test
    portable) portable || failed+=("$preset") ;;
    fuzz) fuzz || failed+=("$preset") ;;
    torture) "$folder/tests/test_faults" "[torture]" || failed+=("$preset") ;;
    python) python_package || failed+=("$preset") ;;
    *) all_tests || failed+=("$preset") ;;
  esac
done

if (( ${#presets[@]} > 1 )); then
  echo "==> passed: $(( ${#presets[@]} - ${#failed[@]} )) of ${#presets[@]}${failed:+; failed: ${failed[*]}}"
fi
(( ${#failed[@]} == 0 ))
