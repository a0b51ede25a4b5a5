// What the preload library (inject.c) tells the test, in a file that both map.
#pragma once

struct FaultState {
  long operations;   // so far
  int hit;           // whether one was failed, or the process killed at it
  char where[4352];  // that operation and its path
};
