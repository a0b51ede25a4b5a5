// Errors: the one exception of seqrl, and the checks that throw it.
#pragma once

#ifndef __CUDACC__  // nvcc cannot compile fmt's format checks: kernels throw Error
                    // directly
#include <fmt/core.h>
#endif

#include <stdexcept>
#include <string>
#include <utility>

namespace seqrl {

// The origin of an error, which decides the program's exit status.
enum class ErrorKind {
  user,      // wrong input: a config, a file, an argument (exit status 2)
  failure,   // a system failure: disk full, out of memory (exit status 1)
  internal,  // a bug of ours (exit status 1)
};

// what() says what was wrong, where, and what to do, in one line.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

#ifndef __CUDACC__
// Throws an Error of kind `failure` with a formatted message.
template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorKind::failure, fmt::format(format, std::forward<Args>(args)...));
}

// Throws an Error of kind `user` with a formatted message.
template <typename... Args>
[[noreturn]] void reject(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorKind::user, fmt::format(format, std::forward<Args>(args)...));
}
#endif

// Throws the Error of kind `internal` for a failed SEQRL_CHECK.
[[noreturn]] void fail_internal_check(const char* condition, const char* file, int line);

}  // namespace seqrl

// For users' mistakes: SEQRL_REQUIRE(dim > 0, "dim must be positive, got {}", dim).
#define SEQRL_REQUIRE(condition, ...)               \
  do {                                              \
    if (!(condition)) ::seqrl::reject(__VA_ARGS__); \
  } while (false)

// For conditions that only our own bug can violate.
#define SEQRL_CHECK(condition)                                                      \
  do {                                                                              \
    if (!(condition)) ::seqrl::fail_internal_check(#condition, __FILE__, __LINE__); \
  } while (false)
