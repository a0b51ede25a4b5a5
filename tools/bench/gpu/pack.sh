#!/usr/bin/env bash
# Builds the programs of tools/bench/gpu.sh and packs them for a machine with a Hopper GPU (sm_90; its PTX
# serves later GPUs). That machine needs a driver and glibc, and no other dependency of seqrl.
#
#   tools/bench/gpu/pack.sh [FOLDER]      default: build-gpu-pack/pack; an older pack there is removed
#
# Copy FOLDER.tar.gz to that machine. There: tar xzf pack.tar.gz && pack/tools/bench/gpu.sh
# bin holds the programs, lib the libraries that they load, tools the script and the PyTorch benchmarks, packages the
# dependencies for a build there, besides the CUDA toolkit, cmake and ninja.
set -euo pipefail
cd "$(dirname "$0")/../../.."
build=build-gpu-pack
folder=$(realpath -m "${1:-$build/pack}")
most=48  # MiB, of the archive: a checkout travels with it, and there may be space for 64
if [[ -e $folder && ! -e $folder/bin/gpu_bench ]]; then
  echo "error: $folder exists and is not a pack; name another folder or remove it" >&2
  exit 2
fi

options=()
if command -v ccache > /dev/null; then
  options=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_CUDA_COMPILER_LAUNCHER=ccache)
fi
# A DT_RPATH also applies to the libraries' own dependencies.
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSEQRL_NATIVE=OFF -DSEQRL_CUDA=ON -DSEQRL_MPI=OFF \
  "-DCMAKE_CUDA_ARCHITECTURES=90-real;90-virtual" '-DCMAKE_BUILD_RPATH=$ORIGIN/../lib' \
  -DCMAKE_EXE_LINKER_FLAGS=-Wl,--disable-new-dtags "${options[@]}" > /dev/null
cmake --build "$build" --target seqrl test_gpu gpu_bench
programs=("$build/seqrl" "$build/tests/test_gpu" "$build/tools/bench/gpu/gpu_bench")

rm -rf "$folder"
mkdir -p "$folder"/{bin,lib,tools/bench/gpu}
cp tools/bench/gpu.sh "$folder/tools/bench"
cp tools/bench/gpu/report.py "$folder/tools/bench/gpu"
install -m 644 -D -t "$folder/tools/bench/peers" tools/bench/peers/*torch*.py
install -s -t "$folder/bin" "${programs[@]}"

# glibc is the target machine's own, which must be no older than this machine's.
loaded=$(ldd "${programs[@]}" | awk '$3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | grep -v ':$' | sort -u)
glibc='/(ld-linux-x86-64|libc|libm|libdl|librt|libpthread|libresolv|libutil|libanl|libnss_.*)\.so'
grep -vE "$glibc" <<< "$loaded" | xargs install -s -m 644 -t "$folder/lib"

if command -v dpkg > /dev/null; then
  mkdir "$folder/packages"
  for package in libfmt-dev libfmt9 nlohmann-json3-dev catch2; do
    dpkg -L "$package" | grep -E '^/usr/(include|lib|share/cmake)/' || true
  done | while read -r path; do
    [[ -d $path && ! -L $path ]] || echo "${path#/}"
  done | tar -c -C / -T - | tar -x -C "$folder/packages"
fi

needed=$(objdump -T "$folder"/bin/* "$folder"/lib/* | grep -oE 'GLIBC_[0-9.]+' | sort -Vu | tail -n 1)
tar -c -C "$(dirname "$folder")" "$(basename "$folder")" | gzip -9 > "$folder.tar.gz"
size=$(( $(stat -c %s "$folder.tar.gz") >> 20 ))
echo "$folder.tar.gz: $size MiB of at most $most, needs $needed and an x86-64 processor"
if (( size > most )); then
  du -ab "$folder" | sort -n | tail -n 12 >&2
  echo "error: the pack is too large" >&2
  exit 1
fi

# Checks that the programs start with glibc and nothing else. $ORIGIN needs /proc.
bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT
grep -E "$glibc" <<< "$loaded" | xargs cp -L --parents -t "$bare"
mkdir "$bare/proc"
cp -r "$folder" "$bare/pack"
alone() {
  unshare --map-root-user --mount bash -c 'mount --rbind /proc "$0/proc" &&
    exec env -i "$(command -v chroot)" "$0" "$@"' "$bare" "$@"
}
if ! unshare --map-root-user --mount true 2> /dev/null; then
  echo "not tested with glibc alone: user namespaces are not available"
  exit
fi
starts() {  # STATUS PROGRAM ARGUMENT…
  local expected=$1 status=0
  shift
  alone "$@" || status=$?
  (( status == expected )) || { echo "error: with glibc alone, '$*' exits with status $status" >&2; exit 1; }
}
starts 0 /pack/bin/seqrl --version
starts 0 /pack/bin/seqrl collect env=hopper policy=medium transitions=200 output=/data.hdf5 > /dev/null
starts 2 /pack/bin/gpu_bench help
starts 0 /pack/bin/test_gpu --help > /dev/null
echo "the programs start with glibc alone"
