// Loaded before libc, makes a process appear to be on another machine: file systems report NFS,
// locks (flock) do not exclude processes, as on many network file systems, and the kernel's number
// (boot_id) is read from the file that OTHER_MACHINE names.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/vfs.h>

int flock(int file, int operation) {
  (void)file;
  (void)operation;
  return 0;
}

int fstatfs(int file, struct statfs* system) {
  int (*real)(int, struct statfs*) = (int (*)(int, struct statfs*))dlsym(RTLD_NEXT, "fstatfs");
  const int result = real(file, system);
  system->f_type = 0x6969;
  return result;
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
