#!/usr/bin/env bash
# Checks that additions need only the changes that CONTRIBUTING.md lists: adds a toy op, backbone, task, environment
# and agent (tests/additions) to a copy of the tree, touching only the files of its tables. Builds the copy, runs the
# toys' tests and a training step of each, and exports the agent. Takes as long as a clean build; with ccache, less
# the next time.
#
#   tools/check_additions.sh [KIND…]     of op, backbone, task, environment, agent; all of them if none is given
set -euo pipefail
export LC_ALL=C  # the same order for sort and diff
cd "$(dirname "$0")/.."

known=(op backbone task environment agent)
kinds=("$@")
(( $# )) || kinds=("${known[@]}")
for kind in "${kinds[@]}"; do
  if [[ " ${known[*]} " != *" $kind "* ]]; then
    echo "tools/check_additions.sh: no kind '$kind'; known: ${known[*]}" >&2
    exit 2
  fi
done

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z | xargs -0 cp --parents --target-directory="$copy"
in_copy() { git -C "$copy" -c user.name=seqrl -c user.email=seqrl@localhost "$@"; }
in_copy init --quiet
in_copy add --all
in_copy commit --quiet --message=before

# The files in the first column of CONTRIBUTING.md's table "A new KIND", with the toy's name in place of X.
files_of_table() {  # KIND NAME
  awk -v title="### A new $1" '$0 == title { here = 1; next } /^#/ { here = 0 } here && /^\| `/' CONTRIBUTING.md |
    cut -d '|' -f 2 | grep -o '`[^`]*`' | tr -d '`' | sed "s/X/$2/g" | sort
}

before() { sed -i "0,\%^ *$2%s%%$3\n&%" "$copy/$1"; }  # FILE LINE TEXT: adds TEXT before the first such line

register() {  # KIND
  case $1 in
    backbone)
      before models/backbones/registry.cpp '#include "models/backbones/transformer.h"' \
        '#include "models/backbones/toy_average.h"'
      before models/backbones/registry.cpp 'return true;' \
        '    register_backbone<ToyAverage, ToyAverageConfig>("toy_average", "a toy");' ;;
    task)
      before models/tasks/registry.cpp '#include "models/tasks/selective_copy.h"' \
        '#include "models/tasks/toy_recall.h"'
      before models/tasks/registry.cpp 'return true;' \
        '    register_task<ToyRecall, ToyRecallConfig>("toy_recall", "a toy");' ;;
    environment)
      before envs/registry.cpp '#include "envs/robots/walker2d.h"' '#include "envs/robots/toy_point.h"'
      before envs/registry.cpp 'return true;' '    add_builtin("toy_point", "a toy", make_toy_point);' ;;
    agent)
      before agents/registry.cpp '#include "agents/sac/gaussian_actor.h"' '#include "agents/offline/toy_clone.h"'
      before agents/registry.cpp 'return true;' '    register_toy_clone();' ;;
  esac
}

declare -A name=([op]=toy_scale [backbone]=toy_average [task]=toy_recall [environment]=toy_point [agent]=toy_clone)
for kind in "${kinds[@]}"; do
  cp --recursive "tests/additions/$kind/." "$copy"
  register "$kind"
  in_copy add --all
  touched=$(in_copy diff --cached --name-only | sort)
  listed=$(files_of_table "$kind" "${name[$kind]}")
  if [[ $touched != "$listed" ]]; then
    echo "==> $kind: the changed files differ from CONTRIBUTING.md's table (<: only in the table, >: only changed)" >&2
    diff <(echo "$listed") <(echo "$touched") >&2 || true
    exit 1
  fi
  in_copy commit --quiet --message="$kind"
  echo "==> $kind: $(wc -l <<< "$touched") files, as in CONTRIBUTING.md's table"
done

has() { [[ " ${kinds[*]} " == *" $1 "* ]]; }
targets=(seqrl test_models)
has op && targets+=(test_cuda)
has environment && targets+=(test_envs)
has agent && targets+=(test_agents)
options=()
if command -v ccache > /dev/null; then
  options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  export CCACHE_BASEDIR=$copy CCACHE_NOHASHDIR=1  # the next copy has another path
fi
echo "==> building ${targets[*]}"
cd "$copy"
log=$(mktemp)
trap 'rm -rf "$copy" "$log"' EXIT
quietly() { "$@" > "$log" 2>&1 || { cat "$log"; return 1; }; }
quietly cmake --preset release -DSEQRL_CUDA=OFF -DSEQRL_WERROR=ON "${options[@]}"
quietly cmake --build build --target "${targets[@]}"

for kind in "${kinds[@]}"; do
  echo "==> $kind: its tests and a training step"
  case $kind in
    op)
      quietly build/tests/test_models 'toy_scale*'
      quietly build/tests/test_cuda 'toy_scale*' ;;
    backbone)
      quietly build/tests/test_models 'toy_average*,every registered backbone*'
      quietly build/seqrl train configs/toy_average.yaml output=runs/backbone ;;
    task)
      quietly build/tests/test_models 'toy_recall*,every task*'
      quietly build/seqrl train configs/tasks/toy_recall.yaml output=runs/task ;;
    environment)
      quietly build/tests/test_envs 'toy_point*,every built-in environment*'
      quietly build/seqrl train configs/toy_point.yaml output=runs/environment ;;
    agent)
      quietly build/tests/test_agents 'toy_clone*'
      quietly build/seqrl collect env=hopper policy=random transitions=500 output=hopper.hdf5
      quietly build/seqrl train configs/toy_clone.yaml output=runs/agent
      quietly build/seqrl export runs/agent exported
      for part in README.md step.onnx; do  # its card, and its step
        quietly grep --text toy_clone "exported/$part"
      done ;;
  esac
done
echo "==> each addition changes only what CONTRIBUTING.md lists, builds and trains"
