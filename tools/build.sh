#!/usr/bin/env bash
# Builds a folder and shows progress: one redrawn line on a terminal, elsewhere a line for each tenth.
# If the build fails, its full output follows.
#
#   tools/build.sh FOLDER [TARGET]
set -uo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
tenth=0
[[ -t 1 ]] && terminal=1 || terminal=0
cmake --build "$1" ${2:+--target "$2"} 2>&1 | while IFS= read -r line; do
  printf '%s\n' "$line" >> "$log"
  [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
  built=${BASH_REMATCH[1]} all=${BASH_REMATCH[2]}
  if (( terminal )); then
    printf '\r    %s of %s' "$built" "$all"
  elif (( built * 10 / all > tenth )); then
    tenth=$(( built * 10 / all ))
    echo "    $built of $all"
  fi
done
status=${PIPESTATUS[0]}
(( terminal )) && printf '\r\033[K'
(( status == 0 )) || cat "$log"
exit "$status"
