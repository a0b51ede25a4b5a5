#!/usr/bin/env bash
# An experiment on a machine with an NVIDIA GPU: facts, measurements compared with PyTorch and cuDNN,
# every GPU test in its own process, real runs, compute-sanitizer. It ends in time, and no failure stops it.
#
#   tools/bench/gpu.sh [--seconds 540] [--longest 600] [--out FOLDER] [--programs FOLDER] [--build FOLDER]
#
# --seconds   for all parts together; time that one part leaves goes to the next
# --longest   for any single stage, in addition to its own limit
# --out       the report's folder; default: $OUT, or gpu-report. At most eight files: report.md (the
#             table), summary.txt (one line per stage), and the output of each part
# --programs  the folder that tools/bench/gpu/pack.sh made; default: this script's own, or
#             build-gpu-pack/pack. If its programs do not start, they are built here, in
# --build     build-gpu by default
# PYTHON=python3   a python with torch
#
# Exit status: 0 for success, 1 if something failed or was skipped (see summary.txt), 2 for wrong arguments.
set -uo pipefail
set -m  # each stage is a process group, which ends as a whole
tools=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$tools/../.." && pwd)
python=${PYTHON:-python3}

seconds=540 longest=600 out=${OUT:-gpu-report} build=$root/build-gpu pack=
while (( $# )); do
  case $1 in
    --seconds) seconds=${2:-} ;;
    --longest) longest=${2:-} ;;
    --out) out=${2:-} ;;
    --programs) pack=${2:-} ;;
    --build) build=${2:-} ;;
    *) echo "tools/bench/gpu.sh: unknown argument '$1'; known: --seconds, --longest, --out," \
            "--programs, --build" >&2; exit 2 ;;
  esac
  if (( $# < 2 )) || [[ -z $2 ]]; then echo "tools/bench/gpu.sh: $1 needs a value" >&2; exit 2; fi
  shift 2
done
for number in "$seconds" "$longest"; do
  [[ $number =~ ^[1-9][0-9]{0,5}$ ]] && continue
  echo "tools/bench/gpu.sh: --seconds and --longest take a whole number, not '$number'" >&2
  exit 2
done
mkdir -p "$out" && out=$(cd "$out" && pwd) || exit 2
rm -f "$out"/{facts,measure,tests,torch,runs,sanitizers,summary}.txt "$out/report.md"
scratch=$(mktemp -d)
running=  # the stage's process group
trap '[[ -z $running ]] || kill -KILL -- "-$running" 2> /dev/null; rm -rf "$scratch"' EXIT
if [[ -z $pack ]]; then
  pack=$root
  [[ -d $root/bin ]] || pack=$root/build-gpu-pack/pack
fi
pack=$(realpath -m "$pack") build=$(realpath -m "$build")

# ---- Stages --------------------------------------------------------------------------------------------

SECONDS=0  # bash counts
begun=0 until=0 file= failed=0

# part PERCENT NAME: the following stages write to NAME.txt, and end before PERCENT of the time since `begun` is over.
part() {
  until=$(( begun + (seconds - begun) * $1 / 100 ))
  file=$out/$2.txt
}

summary() {  # RESULT NAME [MORE]
  printf '%-11s %4d s  %s%s\n' "$1" "$SECONDS" "$2" "${3:+: $3}" | tee -a "$out/summary.txt"
  [[ $1 == ok ]] || failed=1
  timeout 20 "$python" "$tools/gpu/report.py" "$out" > "$scratch/report.md" 2> "$scratch/report.log" &&
    mv "$scratch/report.md" "$out/report.md"
}

gone_within() {  # SECONDS PID: whether the process ends within SECONDS
  local end=$(( SECONDS + $1 ))
  while kill -0 "$2" 2> /dev/null; do
    (( SECONDS < end )) || return 1
    sleep 0.1
  done
}

# stage SECONDS NAME COMMAND…: runs the command for at most SECONDS, or until the part's time ends. Its output goes
# to the part's file; a line reports its result at once. The status is the command's.
stage() {
  local limit=$1 name=$2 left=$(( until - SECONDS )) begin=$SECONDS status=0 result=ok more=
  shift 2
  if (( left < 2 )); then
    summary "skipped" "$name" "no time left"
    return 1
  fi
  (( limit < longest )) || limit=$longest
  (( limit < left )) || limit=$left
  printf '\n== %s\n' "$name" >> "$file"
  "$@" >> "$file" 2>&1 < /dev/null &
  running=$!
  if gone_within "$limit" "$running"; then
    wait "$running" 2> /dev/null || status=$?
    if (( status > 128 && status < 192 )); then
      result=crashed more="signal $(( status - 128 )), see ${file##*/}"
    elif (( status )); then
      result=failed more="exit status $status, see ${file##*/}"
    fi
  else
    status=124 result="timed out" more="after $(( SECONDS - begin )) s, see ${file##*/}"
    kill -TERM -- "-$running" 2> /dev/null
    gone_within 2 "$running" || kill -KILL -- "-$running" 2> /dev/null
    if gone_within 2 "$running"; then
      wait "$running" 2> /dev/null
    else
      more+="; it cannot be killed"  # it hangs in the driver
    fi
  fi
  kill -KILL -- "-$running" 2> /dev/null  # remaining processes of the stage
  running=
  summary "$result" "$name" "$more"
  return "$status"
}

# ---- Facts ---------------------------------------------------------------------------------------------

# Library folders of pip's wheels or of the toolkit, from which the programs open cuBLASLt and cuDNN.
find_libraries() {
  local found
  found=$(timeout 20 "$python" -c 'import glob, sys
for folder in sys.path:
    for name in ("libcublasLt.so.*", "libcudnn.so.*"):
        print(*glob.glob(f"{folder}/nvidia/*/lib/{name}"), sep="\n")' 2> /dev/null
    ls /usr/local/cuda*/lib64/libcublasLt.so.* /usr/local/cuda*/lib64/libcudnn.so.* 2> /dev/null)
  sed -n 's|/[^/]*$||p' <<< "$found" | awk '!seen[$0]++' | paste -s -d :
}

facts() {
  local show=(name driver_version memory.total clocks.sm clocks.max.sm clocks.mem power.limit ecc.mode.current
              mig.mode.current compute_mode)
  date -u
  uname -srm
  sed -n 's/^PRETTY_NAME=//p' /etc/os-release
  ldd --version 2>&1 | head -n 1
  sed -n 's/^model name.*: //p' /proc/cpuinfo | sort | uniq -c
  grep MemTotal /proc/meminfo
  nvcc --version 2>&1 | tail -n 2
  compute-sanitizer --version 2>&1 | tail -n 1
  "$python" --version 2>&1
  echo "cuBLASLt and cuDNN: ${LD_LIBRARY_PATH:-not found}"
  nvidia-smi -q -d ECC,CLOCK,PERFORMANCE 2>&1 | head -n 60
  nvidia-smi "--query-gpu=$(IFS=,; echo "${show[*]}")" --format=csv
  return 0  # a missing tool is also a fact
}

programs_start() {
  "$1/gpu_bench" help
  [[ $? == 2 ]] && "$1/test_gpu" --help > /dev/null && { [[ ! -e $1/seqrl ]] || "$1/seqrl" --version; }
}

# All layers, or the models alone, with the pack's fmt, nlohmann-json and Catch2 if the machine has none.
build_here() {
  local options=(-S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSEQRL_CUDA=ON
                 -DCMAKE_CUDA_ARCHITECTURES=native "-DCMAKE_PREFIX_PATH=$pack/packages/usr")
  local targets=(gpu_bench test_gpu)
  if cmake "${options[@]}" -DSEQRL_LAYERS=all; then
    targets+=(seqrl)
  else
    rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles"
    cmake "${options[@]}" -DSEQRL_LAYERS=models || return 1
  fi
  cmake --build "$build" --target "${targets[@]}" || return 1
  mkdir -p "$build/bin"
  local program
  for program in "$build/tools/bench/gpu/gpu_bench" "$build/tests/test_gpu" "$build/seqrl"; do
    [[ ! -x $program ]] || ln -sf "$program" "$build/bin/" || return 1
  done
}

# ---- Tests ---------------------------------------------------------------------------------------------

# one_case SECONDS NAME [WRAPPER…]: a test in its own process: damage to the GPU's state ends with it.
one_case() {
  local limit=$1 name=$2 printed status=0
  shift 2
  printed=$(timeout -k 2 "$limit" "$@" "$programs/test_gpu" "$(sed 's/[],[\\]/\\&/g' <<< "$name")" 2>&1) || status=$?
  if [[ $status == 0 && $printed == *"No tests ran"* ]]; then status="no test of that name"; fi
  case $status in
    0) printf 'passed: %s\n' "$name" ;;
    124 | 137) printf 'failed: %s (timed out after %s s)\n' "$name" "$limit" ;;
    *) printf 'failed: %s (exit status %s)\n%s\n' "$name" "$status" "$(tail -n 40 <<< "$printed" | sed 's/^/    /')" ;;
  esac
  [[ $status == 0 ]]  # xargs stops at 255
}
export -f one_case

# cases AT_ONCE SECONDS TESTS [WRAPPER…]: runs the Catch2 cases that TESTS names, AT_ONCE at a time.
cases() {
  local at_once=$1 limit=$2 names status=0
  names=$("$programs/test_gpu" --list-test-names-only "$3" 2> /dev/null) || status=$?  # Catch2 2 returns the count
  [[ -n $names || $status == 0 ]] || names=$("$programs/test_gpu" --list-tests --verbosity quiet "$3")  # Catch2 3
  if [[ -z $names ]]; then echo "no tests: $3"; return 1; fi
  shift 3
  xargs -d '\n' -P "$at_once" -I{} bash -c 'one_case "$@"' _ "$limit" {} "$@" <<< "$names"
}

# ---- Real runs -----------------------------------------------------------------------------------------

collect() {
  "$programs/seqrl" collect env=hopper policy=medium-expert transitions=50000 output="$scratch/data.hdf5"
}

# show_run NAME: prints the figures of the run in this folder.
show_run() {
  tail -n 2 run/metrics.jsonl
  "$python" -c 'import json, sys
for row in json.load(open("run/eval.json"))["targets"]:
    print(sys.argv[1], ", return in mode ", row["mode"], " at target ", row["target"], sep="", end="\t")
    print(row["return_mean"], "", sep="\t")' "$1"
}

# train FOLDER DEVICE [SETTING…]: trains in a separate folder, so that equal runs are byte-identical.
train() {
  mkdir -p "$scratch/$1" && cd "$scratch/$1" || return 1
  local name=$1 device=$2
  shift 2
  "$programs/seqrl" train configs/hopper-medium-expert.yaml dataset.path=../data.hdf5 output=run device="$device" \
    backbone.dim=128 training.steps=2000 training.warmup=500 evaluation.every=2000 evaluation.episodes=10 "$@" &&
    show_run "a run on $name"
}

same_weights() {
  cmp "$scratch/cuda-1/run/checkpoints/last.safetensors" "$scratch/cuda-2/run/checkpoints/last.safetensors" &&
    printf 'two runs on cuda are byte-identical\t1\t\n'
}

evaluate() {
  cd "$scratch/cuda-1" && "$programs/seqrl" eval run episodes=20 device=cuda --json
}

train_sac() {
  mkdir -p "$scratch/sac" && cd "$scratch/sac" &&
    "$programs/seqrl" train configs/hopper-sac.yaml output=run device=cuda training.steps=5000 \
      agent.random_steps=1000 evaluation.every=5000 evaluation.episodes=2 && tail -n 2 run/metrics.jsonl
}

step_rate() {  # of seqrl's own training step, including data
  "$programs/seqrl" bench train "$@" --json
}

# ---- The experiment ------------------------------------------------------------------------------------

# dlopen must find its libraries; the packed libraries find each other.
libraries=$(find_libraries)
[[ -z $libraries ]] || export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$libraries

part 60 facts
stage 20 "facts" facts
programs=$pack/bin
if ! stage 30 "start the programs in $programs" programs_start "$programs"; then
  programs=$build/bin
  stage 600 "build in $build" build_here
fi
export programs
begun=$SECONDS  # the time of the build no longer counts

part 35 measure
stage 30 "find a usable GPU" "$programs/gpu_bench" check
usable=$?
if (( usable == 0 )); then
  stage 40 "the device's peak rates" "$programs/gpu_bench" device
  stage 20 "cuBLASLt's activations" "$programs/gpu_bench" activations
  stage 40 "scans" "$programs/gpu_bench" scan
  for batch in 64 4096; do
    for backbone in min_gru transformer min_lstm gru lstm mamba; do
      stage 30 "a step of $backbone, batch $batch" \
        "$programs/gpu_bench" step $backbone $batch $(( batch == 64 ? 500 : 30 ))
    done
  done
  stage 30 "GRU and LSTM compared with cuDNN" "$programs/gpu_bench" recurrent
  part 46 measure
  stage 100 "100,000 steps of min_gru" "$programs/gpu_bench" run min_gru 64 100000

  part 58 tests
  stage 120 "tests" cases 8 60 "~[.]"
  stage 20 "a lost context is reported" cases 1 15 "[.lost]"
else
  summary "skipped" "measurements and tests" "see the end of measure.txt"
fi

part 78 torch
if stage 60 "PyTorch with a GPU" "$python" -c 'import torch
print("torch", torch.__version__, "cuDNN", torch.backends.cudnn.version(), torch.zeros(1, device="cuda").device)'; then
  torch() {  # SECONDS FORM PRECISION [ARGUMENT…]
    local limit=$1 form=$2 precision=$3
    shift 3
    stage "$limit" "PyTorch, $form, $precision" \
      "$python" "$tools/peers/dt_step_torch.py" --form "$form" --precision "$precision" "$@"
  }
  # Measurements for the targets come first, those that take minutes to compile last.
  aimed=(--backbones "min_gru,transformer")
  torch 40 graph float32 "${aimed[@]}"
  torch 40 eager float32 "${aimed[@]}"
  torch 40 graph tf32 "${aimed[@]}"
  torch 60 compiled_graph float32 "${aimed[@]}"
  torch 40 graph float32 --backbones min_lstm,gru,lstm,mamba
  torch 40 eager float32 --backbones min_lstm,gru,lstm,mamba
  torch 60 compiled float32 "${aimed[@]}"
  torch 60 compiled_graph tf32 "${aimed[@]}"
  torch 40 eager tf32 "${aimed[@]}"
  for form in graph compiled; do
    stage 30 "PyTorch's scan, $form" "$python" "$tools/peers/scan_torch.py" --form "$form"
  done
fi

part 92 runs
if (( usable == 0 )) && [[ -x $programs/seqrl ]]; then
  stage 40 "a dataset" collect
  stage 60 "train on cuda" train cuda-1 cuda
  stage 60 "train on cuda again" train cuda-2 cuda
  stage 10 "two runs on cuda are byte-identical" same_weights
  stage 40 "evaluate on cuda" evaluate
  stage 60 "train on the cpu" train cpu cpu
  stage 60 "train on cuda in tf32" train tf32 cuda training.precision=tf32
  stage 40 "SAC on cuda" train_sac
  stage 30 "seqrl's training step" step_rate backbone=min_gru device=cuda
else
  summary "skipped" "real runs" "no usable GPU, or no seqrl"
fi

part 100 sanitizers
if (( usable == 0 )) && command -v compute-sanitizer > /dev/null; then
  few="*norm on CUDA*,attention on CUDA matches*,*scan on CUDA matches*,the min cells on CUDA*,gru and lstm*"
  few+=",*captured*,windows*,cross*,embedding*,*soft_*,*squashed*"
  for tool in memcheck racecheck initcheck; do
    stage 90 "compute-sanitizer, $tool" cases 8 60 "$few" compute-sanitizer --tool "$tool" --error-exitcode 1
  done
else
  summary "skipped" "sanitizers" "no usable GPU, or no compute-sanitizer"
fi

[[ ! -f $out/report.md ]] || cat "$out/report.md"
[[ -f $out/report.md ]] || echo "no report.md: $(tail -n 1 "$scratch/report.log")" | tee -a "$out/summary.txt"
exit "$failed"
