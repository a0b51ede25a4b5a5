#!/usr/bin/env bash
# Installs the Debian packages that seqrl needs and lists them; does nothing if all are installed. With
# --optional also optional packages: ccache (faster rebuilds), ffmpeg and EGL with Mesa's software
# renderer (videos), GLFW (seqrl view; xvfb, xauth: its test), gnuplot (plots), chromium (a test of
# reports), pybind11 and numpy (the Python module), Open MPI (several ranks; not if MPICH is
# installed). With --clang the packages of the presets clang and fuzz.
#
# With --mujoco VERSION (3.4.0, or newest) it fetches that MuJoCo instead of installing packages: pip
# downloads the wheel from PyPI, the script unpacks it below .cache/ and prints how to build with it. The
# last line is MuJoCo_ROOT=FOLDER. Exit status 3: pip has no access, or there is no such wheel.
set -euo pipefail

fetch_mujoco() {
  local version=$1 cache folder name wheel
  if [[ ! $version =~ ^([0-9]+\.[0-9]+\.[0-9]+|newest)$ ]]; then
    echo "error: --mujoco takes a version such as 3.4.0, or newest, not '$version'" >&2
    exit 2
  fi
  cache=$(cd "$(dirname "$0")/.." && pwd)/.cache
  folder=$cache/mujoco-$version
  if [[ $version == newest || ! -f $folder/mujoco/include/mujoco/mujoco.h ]]; then
    mkdir -p "$cache"
    downloads=$(mktemp -d "$cache/download-XXXXXX")
    trap 'rm -rf "$downloads"' EXIT
    # From 4.0.0 on the library is in mujoco-core. If there is no wheel for the running Python, any wheel will do.
    for name in mujoco-core mujoco; do
      [[ $version == newest ]] || name+="==$version"
      for python in "" 3.11; do
        python3 -m pip download --quiet --no-deps --only-binary=:all: ${python:+--python-version $python} \
          --retries 1 --timeout 20 --dest "$downloads" "$name" > "$downloads/log" 2>&1 && break 2
      done
    done
    wheel=$(find "$downloads" -name '*.whl' | head -n 1)
    if [[ -z $wheel ]]; then
      reason=$(grep -m 1 '^ERROR' "$downloads/log" || tail -n 1 "$downloads/log")
      echo "error: no wheel of MuJoCo $version; pip says: ${reason%% (from versions*}" >&2
      exit 3
    fi
    version=$(basename "$wheel" | cut -d- -f2)
    folder=$cache/mujoco-$version
    rm -rf "$folder"
    python3 -m zipfile -e "$wheel" "$downloads/unpacked"
    mv "$downloads/unpacked" "$folder"
  fi
  if [[ ! -f $folder/mujoco/include/mujoco/mujoco.h ]]; then
    echo "error: no wheel of MuJoCo $version with headers" >&2
    exit 3
  fi
  echo "==> MuJoCo $version is in $folder/mujoco; build with it:"
  echo "      cmake --preset release -B build-mujoco-$version -DMuJoCo_ROOT=$folder/mujoco"
  echo "      cmake --build build-mujoco-$version"
  echo "    or test with it: tools/test.sh --mujoco $version"
  echo "MuJoCo_ROOT=$folder/mujoco"
}

if [[ ${1:-} == --mujoco && $# == 2 ]]; then
  fetch_mujoco "$2"
  exit 0
fi

required=(cmake ninja-build g++ libmujoco-dev libeigen3-dev libyaml-cpp-dev catch2 libhdf5-dev
          libcli11-dev libfmt-dev nlohmann-json3-dev zlib1g-dev)
optional=(ccache ffmpeg libegl-dev libgl1 libgl1-mesa-dri libglfw3-dev xvfb xauth gnuplot-nox chromium
          pybind11-dev python3-dev python3-numpy)
command -v mpicc > /dev/null || optional+=(libopenmpi-dev openmpi-bin)

clang=(clang-14 libclang-rt-14-dev)

wanted=("${required[@]}")
case "${1:-}" in
  "") ;;
  --optional) wanted+=("${optional[@]}") ;;
  --clang) wanted+=("${clang[@]}") ;;
  *) echo "usage: tools/install-dependencies.sh [--optional | --clang | --mujoco VERSION]" >&2; exit 2 ;;
esac

if ! command -v apt-get dpkg-query > /dev/null; then
  echo "apt-get not found; if the build lacks dependencies, install the equivalents of Debian's ${wanted[*]}"
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done
(( ${#missing[@]} )) || exit 0

as_root=()
if [[ $(id -u) != 0 ]]; then
  as_root=(sudo)
  if ! command -v sudo > /dev/null; then
    echo "error: missing packages; as root, run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  [[ -t 0 ]] || as_root+=(-n)  # there is no terminal for a password
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 \
    -o Acquire::Retries=2 "$@" > "$log" 2>&1 < /dev/null
}

echo "==> installing with apt-get: ${missing[*]}"
# Even after a failed update the package lists may be sufficient.
apt_get update || true
if ! apt_get install -y --no-install-recommends "${missing[@]}"; then
  reason=$(grep -m 1 -E '^(E:|sudo:)' "$log" || tail -n 1 "$log")
  echo "error: cannot install ${missing[*]}: ${reason#E: }; check the network connection" >&2
  exit 1
fi
