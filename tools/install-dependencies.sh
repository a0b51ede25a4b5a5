#!/usr/bin/env bash
# Installs the Debian packages that seqrl is built with; says which, and does nothing when all are
# there. With --optional also what it can do without: ccache (quicker rebuilds), ffmpeg and EGL with
# Mesa's software renderer (videos), gnuplot (plots), chromium (a test looks at a report with it),
# pybind11 and numpy (the Python module). With --clang what the presets clang and fuzz need.
set -euo pipefail

required=(cmake ninja-build g++ libmujoco-dev libeigen3-dev libyaml-cpp-dev catch2 libhdf5-dev
          libcli11-dev libfmt-dev nlohmann-json3-dev zlib1g-dev)
optional=(ccache ffmpeg libegl-dev libgl1 libgl1-mesa-dri gnuplot-nox chromium
          pybind11-dev python3-dev python3-numpy)

clang=(clang-14 libclang-rt-14-dev)

wanted=("${required[@]}")
case "${1:-}" in
  "") ;;
  --optional) wanted+=("${optional[@]}") ;;
  --clang) wanted+=("${clang[@]}") ;;
  *) echo "usage: tools/install-dependencies.sh [--optional|--clang]" >&2; exit 2 ;;
esac

if ! command -v apt-get dpkg-query > /dev/null; then
  echo "No apt-get here: if the build misses something, install what Debian calls ${wanted[*]}"
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
  [[ -t 0 ]] || as_root+=(-n)  # nobody is there to type a password
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 \
    -o Acquire::Retries=2 "$@" > "$log" 2>&1 < /dev/null
}

echo "==> installing with apt-get: ${missing[*]}"
# An update that fails may still leave lists that suffice.
apt_get update || true
if ! apt_get install -y --no-install-recommends "${missing[@]}"; then
  reason=$(grep -m 1 -E '^(E:|sudo:)' "$log" || tail -n 1 "$log")
  echo "error: cannot install ${missing[*]}: ${reason#E: }; is the network there?" >&2
  exit 1
fi
