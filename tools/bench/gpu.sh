#!/usr/bin/env bash
# On a machine with an NVIDIA GPU: builds what it needs, runs the GPU tests and a small case under
# compute-sanitizer, measures seqrl and beside it, where they are found, cuDNN's GRU and LSTM and a
# python's PyTorch, and prints one table. MuJoCo, HDF5 and yaml-cpp may be absent; nvcc, cmake, ninja,
# fmt, nlohmann-json and Catch2 may not. Exit status 1: a test failed, or cuDNN computes otherwise.
#
#   tools/bench/gpu.sh [BUILD_FOLDER]          default: build-gpu
#   PYTHON=python3 tools/bench/gpu.sh          the python that has torch
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build-gpu}
python=${PYTHON:-python3}

if ! nvidia-smi -L 2> /dev/null; then
  echo "tools/bench/gpu.sh: no NVIDIA GPU here (nvidia-smi finds none); nothing was run" >&2
  exit 2
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "==> building in $build"
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSEQRL_CUDA=ON -DSEQRL_LAYERS=models \
  -DCMAKE_CUDA_ARCHITECTURES=native > "$log" 2>&1 || { cat "$log"; exit 1; }
cmake --build "$build" --target test_gpu gpu_bench > "$log" 2>&1 || { cat "$log"; exit 1; }

echo "==> tests on the GPU"
"$build/tests/test_gpu"

if command -v compute-sanitizer > /dev/null; then
  for tool in memcheck racecheck initcheck; do
    echo "==> compute-sanitizer, $tool"
    compute-sanitizer --tool "$tool" --error-exitcode 1 "$build/tests/test_gpu" \
      "*norm on CUDA*,attention on CUDA is*,*scan on CUDA is*,the min cells on CUDA*,gru and lstm*,*captured*,windows*,cross*,embedding*,*soft_*,*squashed*" | tail -n 3
  done
else
  echo "==> compute-sanitizer: not found, not run"
fi

echo "==> measuring"
figures=$(mktemp -d)
trap 'rm -rf "$log" "$figures"' EXIT
status=0
"$build/tools/bench/gpu/gpu_bench" | tee "$figures/seqrl" || status=$?
for form in eager compiled; do
  : > "$figures/$form"
  if "$python" -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2> /dev/null; then
    for peer in scan_torch dt_step_torch; do
      "$python" "tools/bench/peers/$peer.py" --device cuda --form "$form" >> "$figures/$form" ||
        echo "==> $peer, $form: failed; its figures are missing below"
    done
  fi
done

awk -F '\t' '
  FILENAME ~ /seqrl$/ { names[++count] = $1; unit[$1] = $3; ours[$1] = $2 }
  FILENAME ~ /eager$/ { eager[$1] = $2 }
  FILENAME ~ /compiled$/ { compiled[$1] = $2 }
  END {
    print "| what | seqrl | PyTorch eager | compiled | unit |"
    print "|---|---|---|---|---|"
    for (i = 1; i <= count; ++i) {
      name = names[i]
      print "| " name " | " ours[name] " | " (name in eager ? eager[name] : "") " | " \
        (name in compiled ? compiled[name] : "") " | " unit[name] " |"
    }
    print "\n| what is aimed for on an H100 | aim | measured |\n|---|---|---|"
    for (i = 1; i <= 2; ++i) {
      step = "DT step " (i == 1 ? "min_gru" : "transformer") " batch "
      aim(step 64 ", times PyTorch eager", 8, eager[step 64], ours[step 64])
      aim(step 64 ", times PyTorch compiled", 2, compiled[step 64], ours[step 64])
      aim(step 4096 ", times PyTorch compiled", 1.3, compiled[step 4096], ours[step 4096])
    }
    for (i = 1; i <= 2; ++i) {
      scan = "scan " (i == 1 ? "forward" : "backward") ", of the copy\047s bandwidth T=4096 B=64 D=256"
      aim(scan, 0.85, ours[scan], 1)
    }
    steps = "100,000 DT steps min_gru batch 64"
    aim(steps ", times within 60 s", 1, 60, ours[steps])
  }
  function aim(name, least, of, by) {
    print "| " name " | at least " least " | " \
      (of > 0 && by > 0 ? sprintf("%.3g", of / by) (of / by < least ? ", missed" : "") \
                        : "not measured") " |"
  }' "$figures/seqrl" "$figures/eager" "$figures/compiled"
exit "$status"
