// Makes a process one of another machine, to be loaded before libc: its locks (flock) keep no
// process of other machines apart, as on many network file systems, and the kernel's number
// (boot_id) is what OTHER_MACHINE names, a file.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

int flock(int file, int operation) {
  (void)file;
  (void)operation;
  return 0;
}

#define FOPEN(name)                                                                          \
  FILE* name(const char* path, const char* mode) {                                           \
    FILE* (*real)(const char*, const char*) =                                                \
        (FILE * (*)(const char*, const char*)) dlsym(RTLD_NEXT, #name);                      \
    const char* other = getenv("OTHER_MACHINE");                                             \
    const int asked = other != NULL && strcmp(path, "/proc/sys/kernel/random/boot_id") == 0; \
    return real(asked ? other : path, mode);                                                 \
  }
FOPEN(fopen)
FOPEN(fopen64)
