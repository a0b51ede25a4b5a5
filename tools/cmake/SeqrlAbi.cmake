# Run as a script: writes OUTPUT, a header with VERSION and a hash of HEADERS, those that an installed
# seqrl has: what a plugin must have been built with. Untouched when nothing changed.
cmake_minimum_required(VERSION 3.25)
set(hashes "")
foreach(header IN LISTS HEADERS)
  file(SHA256 ${header} hash)
  string(APPEND hashes ${hash})
endforeach()
string(SHA256 hash "${hashes}")
string(SUBSTRING ${hash} 0 16 hash)
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "// Generated; do not edit.
#pragma once
#define SEQRL_VERSION \"@VERSION@\"
#define SEQRL_HEADERS \"@hash@\"
" @ONLY)
