// The preload library's (inject.c) report to the test, in a file that both map.
#pragma once

struct FaultState {
  long operations;   // so far
  int hit;           // whether one failed, or the process was killed at it
  char where[4352];  // that operation and its path
};
