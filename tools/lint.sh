#!/usr/bin/env bash
# Checks the sources before a review.
#
#   tools/lint.sh            format, then tidy on the files that differ from the branch main
#   tools/lint.sh format     clang-format 14 on every file; tools/lint.sh fix formats them instead
#   tools/lint.sh types      no class of a source file is visible to another source file
#   tools/lint.sh circles    no two headers, each with its source, include each other
#   tools/lint.sh links      every relative link and anchor of the documents; README.md is a front page
#   tools/lint.sh tidy [FILE…]   clang-tidy 14 on those files; needs a configured build/
set -euo pipefail
cd "$(dirname "$0")/.."

check_format() {  # with the arguments of clang-format
  if ! command -v clang-format-14 > /dev/null; then
    echo "==> format: not checked, clang-format-14 is not installed"
    return
  fi
  if ! git rev-parse > /dev/null 2>&1; then
    echo "==> format: not checked, this is not a git checkout"
    return
  fi
  git ls-files -z '*.h' '*.cpp' '*.cu' '*.cuh' | xargs -0 --no-run-if-empty clang-format-14 "$@" || {
    echo "==> format: some files are not formatted; run tools/lint.sh fix" >&2
    return 1
  }
}

# A class of a source file is in an unnamed namespace. Otherwise the linker may replace it by another of its name.
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

# Finds headers, each with its source, that include each other directly or indirectly.
check_circles() {
  local layers=(configs models envs agents tools)
  grep -rEo --include='*.h' --include='*.cpp' --include='*.cu' --include='*.cuh' \
      '^#include "(configs|models|envs|agents|tools)/[^"]+' "${layers[@]}" |
    sed -E 's/:#include "/ /; s/\.(h|cpp|cuh|cu)( |$)/\2/g' | sort -u |
    tsort 2>&1 > /dev/null | sed 's/^tsort: -: input contains a loop:/error: circular includes:/; s/^tsort: /    /' |
    { ! grep . ; } >&2
}

# In documents, a relative link names an existing file or folder, and its anchor one of its headings.
check_links() {
  if ! git rev-parse > /dev/null 2>&1; then
    echo "==> links: not checked, this is not a git checkout"
    return
  fi
  local documents front_page_lines=200
  mapfile -t documents < <(git ls-files --cached --others --exclude-standard '*.md' | sort -u)
  awk -v lines="$front_page_lines" '
    function complain(text) { print "error: " FILENAME ":" FNR ": " text; wrong = 1 }
    # The GitHub anchor of a heading.
    function anchor(heading) {
      gsub(/\]\([^)]*\)/, "", heading)
      heading = tolower(heading)
      gsub(/[^a-z0-9 _-]/, "", heading)
      gsub(/ /, "-", heading)
      return heading
    }
    function read_anchors(file,    line, code) {
      if (file in is_read) return
      is_read[file] = 1
      while ((getline line < file) > 0) {
        if (line ~ /^```/) code = !code
        if (!code && line ~ /^#+ /) { sub(/^#+ /, "", line); anchors[file, anchor(line)] = 1 }
      }
      close(file)
    }
    function check(link,    path, name, folder) {
      if (link ~ /^[a-z]+:/) return
      name = link ~ /#/ ? link : ""
      sub(/^[^#]*#/, "", name)
      path = link
      sub(/#.*/, "", path)
      folder = FILENAME ~ /\// ? FILENAME : "./"
      sub(/[^\/]*$/, "", folder)
      path = path == "" ? FILENAME : folder path
      if (system("test -e \"" path "\"") != 0) { complain("no such file: " link); return }
      if (name == "") return
      if (path !~ /\.md$/) { complain("an anchor in a file that is not a document: " link); return }
      read_anchors(path)
      if (!((path, name) in anchors)) complain("no such heading: " link)
    }
    FNR == 1 { code = 0 }
    FILENAME == "README.md" && FNR == lines + 1 { complain("more than " lines " lines, the limit of a front page") }
    /^```/ { code = !code }
    code { next }
    {
      gsub(/`[^`]*`/, "")
      while (match($0, /\]\([^) ]+\)/)) {
        check(substr($0, RSTART + 2, RLENGTH - 3))
        $0 = substr($0, RSTART + RLENGTH)
      }
    }
    END { exit wrong }' "${documents[@]}" >&2
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
  circles) check_circles ;;
  links) check_links ;;
  fix) check_format -i ;;
  tidy) shift; check_tidy "$@" ;;
  *) echo "usage: tools/lint.sh [format | fix | types | circles | links | tidy [FILE…]]" >&2; exit 2 ;;
esac
