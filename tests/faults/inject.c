// A preload library that counts a program's file operations below a folder and, at the n-th of
// them, fails it or kills the process. Children of the program continue the same counter.
//
//   SEQRL_FAULT_FOLDER   the folder, as an absolute path
//   SEQRL_FAULT_STATE    a file of sizeof(struct FaultState), for the counter and what was hit
//   SEQRL_FAULT_KIND     one of the kinds below; otherwise it only counts
//   SEQRL_FAULT_AT       n, from 1
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fault_state.h"

enum Kind {
  count,
  io_error,   // EIO from any operation, once
  full_disk,  // ENOSPC from that operation on, for all that need space
  interrupt,  // EINTR, once
  partial,    // a read or write moves half of its bytes, once
  killed,     // SIGKILL before it
  torn,       // SIGKILL after half of a write, or before any other operation
};

// The faults possible for an operation, besides EIO and death.
enum Property { can_wait = 1, needs_room = 2 };

static struct FaultState* state;
static const char* folder;
static enum Kind kind;
static long at;

__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("SEQRL_FAULT_STATE");
  folder = getenv("SEQRL_FAULT_FOLDER");
  if (path == NULL || folder == NULL) return;
  static const char* const names[] = {"count",   "io_error", "full_disk", "interrupt",
                                      "partial", "killed",   "torn"};
  const char* name = getenv("SEQRL_FAULT_KIND");
  for (int i = 0; name != NULL && i < 7; ++i) {
    if (strcmp(name, names[i]) == 0) kind = (enum Kind)i;
  }
  const char* number = getenv("SEQRL_FAULT_AT");
  at = number == NULL ? 0 : atol(number);
  const int file = open(path, O_RDWR | O_CLOEXEC);
  void* memory = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory != MAP_FAILED) state = memory;
}

static int is_below(const char* path) {
  const size_t length = strlen(folder);
  return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

// The path of an open file, "" if it has none.
static void path_of(int file, char* path) {
  char link[32];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = '\0';
}

// The absolute `path`; it is relative to the folder open as `directory`.
static void resolve(int directory, const char* path, char* absolute) {
  absolute[0] = '\0';
  if (path[0] != '/') {
    if (directory == AT_FDCWD) {
      if (getcwd(absolute, PATH_MAX) == NULL) absolute[0] = '\0';
    } else {
      path_of(directory, absolute);
    }
  }
  const size_t length = strlen(absolute);
  snprintf(absolute + length, PATH_MAX - length, "%s%s", path[0] == '/' ? "" : "/", path);
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

enum Act { pass, refuse, halve };

// Counts an operation on `path` and returns its fate; sets errno if it is refused.
static enum Act next(const char* operation, const char* path, int properties, int moves_bytes) {
  if (!is_below(path)) return pass;
  const long n = __atomic_add_fetch(&state->operations, 1, __ATOMIC_SEQ_CST);
  if (kind == count || n < at || (n > at && kind != full_disk)) return pass;
  if (kind == full_disk && !(properties & needs_room)) return pass;
  if (kind == interrupt && !(properties & can_wait)) return pass;
  if (kind == partial && !moves_bytes) return pass;
  if (!state->hit) {
    snprintf(state->where, sizeof state->where, "%s %s", operation, path);
    state->hit = 1;
  }
  if (kind == killed || (kind == torn && !(moves_bytes && (properties & needs_room)))) die();
  if (kind == partial || kind == torn) return halve;
  errno = kind == io_error ? EIO : kind == full_disk ? ENOSPC : EINTR;
  return refuse;
}

static enum Act next_at(const char* operation, int directory, const char* path, int properties) {
  if (state == NULL) return pass;
  char absolute[PATH_MAX];
  resolve(directory, path, absolute);
  return next(operation, absolute, properties, 0);
}

static enum Act next_of(const char* operation, int file, int properties, int moves_bytes) {
  if (state == NULL) return pass;
  char path[PATH_MAX];
  path_of(file, path);
  return next(operation, path, properties, moves_bytes);
}

// The replaced function.
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int opens_for(int flags) {
  return can_wait | (flags & O_CREAT ? needs_room : 0);
}

#define MODE(flags)                      \
  mode_t mode = 0;                       \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list arguments;                   \
    va_start(arguments, flags);          \
    mode = va_arg(arguments, mode_t);    \
    va_end(arguments);                   \
  }

#define OPEN(name)                                                              \
  int name(const char* path, int flags, ...) {                                  \
    MODE(flags)                                                                 \
    if (next_at("open", AT_FDCWD, path, opens_for(flags)) == refuse) return -1; \
    return REAL(name)(path, flags, mode);                                       \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                             \
  int name(int directory, const char* path, int flags, ...) {                    \
    MODE(flags)                                                                  \
    if (next_at("open", directory, path, opens_for(flags)) == refuse) return -1; \
    return REAL(name)(directory, path, flags, mode);                             \
  }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                                    \
  FILE* name(const char* path, const char* mode) {                                     \
    if (next_at("fopen", AT_FDCWD, path, mode[0] == 'r' ? 0 : needs_room) == refuse) { \
      return NULL;                                                                     \
    }                                                                                  \
    return REAL(name)(path, mode);                                                     \
  }
FOPEN(fopen)
FOPEN(fopen64)

DIR* opendir(const char* path) {
  return next_at("opendir", AT_FDCWD, path, 0) == refuse ? NULL : REAL(opendir)(path);
}

// Operations on one path that return 0 or -1.
#define ON_PATH(name, properties, parameters, arguments)                 \
  int name parameters {                                                  \
    if (next_at(#name, AT_FDCWD, path, properties) == refuse) return -1; \
    return REAL(name) arguments;                                         \
  }
ON_PATH(mkdir, needs_room, (const char* path, mode_t mode), (path, mode))
ON_PATH(rmdir, 0, (const char* path), (path))
ON_PATH(unlink, 0, (const char* path), (path))
ON_PATH(remove, 0, (const char* path), (path))
ON_PATH(rename, needs_room, (const char* from, const char* path), (from, path))
ON_PATH(link, needs_room, (const char* from, const char* path), (from, path))
ON_PATH(symlink, needs_room, (const char* target, const char* path), (target, path))

#define ON_PATH_AT(name, properties, parameters, arguments)               \
  int name parameters {                                                   \
    if (next_at(#name, directory, path, properties) == refuse) return -1; \
    return REAL(name) arguments;                                          \
  }
ON_PATH_AT(mkdirat, needs_room, (int directory, const char* path, mode_t mode),
           (directory, path, mode))
ON_PATH_AT(unlinkat, 0, (int directory, const char* path, int flags), (directory, path, flags))
ON_PATH_AT(renameat, needs_room,
           (int from_directory, const char* from, int directory, const char* path),
           (from_directory, from, directory, path))
ON_PATH_AT(renameat2, needs_room,
           (int from_directory, const char* from, int directory, const char* path, unsigned flags),
           (from_directory, from, directory, path, flags))
ON_PATH_AT(linkat, needs_room,
           (int from_directory, const char* from, int directory, const char* path, int flags),
           (from_directory, from, directory, path, flags))

// Operations on an open file that return 0 or -1.
#define ON_FILE(name, properties, parameters, arguments)          \
  int name parameters {                                           \
    if (next_of(#name, file, properties, 0) == refuse) return -1; \
    return REAL(name) arguments;                                  \
  }
ON_FILE(fsync, needs_room, (int file), (file))
ON_FILE(fdatasync, needs_room, (int file), (file))
ON_FILE(flock, can_wait, (int file, int operation), (file, operation))
ON_FILE(ftruncate, can_wait | needs_room, (int file, off_t size), (file, size))
ON_FILE(ftruncate64, can_wait | needs_room, (int file, off64_t size), (file, size))
ON_FILE(fallocate, can_wait | needs_room, (int file, int mode, off_t offset, off_t size),
        (file, mode, offset, size))

// Closes the file in any case, as Linux does.
int close(int file) {
  const enum Act act = next_of("close", file, needs_room, 0);
  const int error = errno;
  const int result = REAL(close)(file);
  if (act != refuse) return result;
  errno = error;
  return -1;
}

#define ALLOCATE(name, type)                                                    \
  int name(int file, type offset, type size) {                                  \
    if (next_of(#name, file, can_wait | needs_room, 0) == refuse) return errno; \
    return REAL(name)(file, offset, size);                                      \
  }
ALLOCATE(posix_fallocate, off_t)
ALLOCATE(posix_fallocate64, off64_t)

#define MAP(name, type)                                                                   \
  void* name(void* address, size_t size, int protection, int flags, int file, type at_) { \
    const int of_file = !(flags & MAP_ANONYMOUS) && state != NULL;                        \
    if (of_file && next_of("mmap", file, 0, 0) == refuse) return MAP_FAILED;              \
    return REAL(name)(address, size, protection, flags, file, at_);                       \
  }
MAP(mmap, off_t)
MAP(mmap64, off64_t)

// Operations that move `size` bytes.
#define TRANSFER(name, properties, parameters, arguments, half)                   \
  ssize_t name parameters {                                                       \
    const enum Act act = next_of(#name, file, can_wait | (properties), size > 1); \
    if (act == refuse) return -1;                                                 \
    if (act == pass) return REAL(name) arguments;                                 \
    const ssize_t moved = REAL(name) half;                                        \
    if (kind == torn) die();                                                      \
    return moved;                                                                 \
  }
TRANSFER(read, 0, (int file, void* data, size_t size), (file, data, size), (file, data, size / 2))
TRANSFER(write, needs_room, (int file, const void* data, size_t size), (file, data, size),
         (file, data, size / 2))
TRANSFER(pread, 0, (int file, void* data, size_t size, off_t offset), (file, data, size, offset),
         (file, data, size / 2, offset))
TRANSFER(pread64, 0, (int file, void* data, size_t size, off64_t offset),
         (file, data, size, offset), (file, data, size / 2, offset))
TRANSFER(pwrite, needs_room, (int file, const void* data, size_t size, off_t offset),
         (file, data, size, offset), (file, data, size / 2, offset))
TRANSFER(pwrite64, needs_room, (int file, const void* data, size_t size, off64_t offset),
         (file, data, size, offset), (file, data, size / 2, offset))
TRANSFER(writev, needs_room, (int file, const struct iovec* data, int size), (file, data, size),
         (file, data, size / 2))
