#!/usr/bin/env bash
# Looks at the sources the way a reviewer would, before one does.
#
#   tools/lint.sh            format, then tidy on the files that differ from the branch main
#   tools/lint.sh format     clang-format 14 on every file; tools/lint.sh fix formats them instead
#   tools/lint.sh types      no class of a source that another source can see
#   tools/lint.sh tidy [FILE…]   clang-tidy 14 on those files; needs a configured build/
set -euo pipefail
cd "$(dirname "$0")/.."

check_format() {  # with the arguments of clang-format
  if ! command -v clang-format-14 > /dev/null; then
    echo "==> format: not checked, clang-format-14 is not installed"
    return
  fi
  if ! git rev-parse > /dev/null 2>&1; then
    echo "==> format: not checked, this is no git checkout"
    return
  fi
  git ls-files -z '*.h' '*.cpp' '*.cu' '*.cuh' | xargs -0 --no-run-if-empty clang-format-14 "$@" || {
    echo "==> format: not clang-format's; tools/lint.sh fix mends it" >&2
    return 1
  }
}

# A class of a source is in an unnamed namespace: elsewhere another of its name may be linked for it.
check_types() {
  awk 'FNR == 1 { hidden = 0 }
    /^namespace \{/ { hidden = 1 }
    /^\}  \/\/ namespace$/ { hidden = 0 }
    !hidden && /^(struct|class|union|enum) .*\{/ && !/::/ {
      print "error: " FILENAME ":" FNR ": not in an unnamed namespace: " $0
      wrong = 1
    }
    END { exit wrong }' $(find configs models envs agents tools -name '*.cpp' -not -path 'tools/examples/*') >&2
}

check_tidy() {
  if ! command -v clang-tidy-14 > /dev/null; then
    echo "==> tidy: not checked, clang-tidy-14 is not installed"
    return
  fi
  if [[ ! -f build/compile_commands.json ]]; then
    echo "error: run cmake --preset release first: clang-tidy reads build/compile_commands.json" >&2
    return 1
  fi
  local files=("$@")
  (( $# )) || mapfile -t files < <(git diff --name-only --diff-filter=d main -- '*.cpp')
  (( ${#files[@]} )) || return 0
  echo "==> tidy: ${files[*]}"
  printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy-14 -p build --quiet 2> /dev/null
}

case "${1:-}" in
  "") check_format --dry-run --Werror; check_tidy ;;
  format) check_format --dry-run --Werror ;;
  types) check_types ;;
  fix) check_format -i ;;
  tidy) shift; check_tidy "$@" ;;
  *) echo "usage: tools/lint.sh [format | fix | types | tidy [FILE…]]" >&2; exit 2 ;;
esac
