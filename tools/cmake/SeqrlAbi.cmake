# Run as a script: writes OUTPUT, a header with VERSION and a hash of the headers that a plugin is built
# with: the public headers (PUBLIC, a folder) and all headers that they include from the layers below SOURCE,
# without comments and blank lines. Does not touch OUTPUT if nothing changed.
cmake_minimum_required(VERSION 3.25)
file(GLOB pending ${PUBLIC}/*.h)
set(seen ${pending})
set(text "")
while(pending)
  list(POP_FRONT pending header)
  file(READ ${header} content)
  string(REPLACE ";" " " content "${content}")
  string(REGEX REPLACE "/\\*([^*]|\\*+[^*/])*\\*+/" "" content "${content}")
  string(REGEX REPLACE "//[^\n]*" "" content "${content}")
  string(REGEX MATCHALL "#include \"[^\"]+\"" includes "${content}")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "#include \"(.*)\"" "${SOURCE}/\\1" below "${include}")
    if(EXISTS ${below} AND NOT below IN_LIST seen)
      list(APPEND seen ${below})
      list(APPEND pending ${below})
    endif()
  endforeach()
  string(REGEX REPLACE "[ \n]+" " " content "${content}")
  string(STRIP "${content}" content)
  file(RELATIVE_PATH name ${SOURCE} ${header})
  list(APPEND text "${name} ${content}")
endwhile()
list(SORT text)
string(SHA256 hash "${text}")
string(SUBSTRING ${hash} 0 16 hash)
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "// Generated; do not edit.
#pragma once
#define SEQRL_VERSION \"@VERSION@\"
#define SEQRL_HEADERS \"@hash@\"
" @ONLY)
