// A failure of the program: the message and the exit status of an exception.
#pragma once

#include <exception>
#include <optional>
#include <string>

namespace seqrl::tools {

struct Failure {
  int status = 1;    // 2 for the user's mistakes
  std::string text;  // one line, without the program's name
};

Failure failure_of(const std::exception_ptr& exception);

// The exit status where another process trains the run (RunTaken), or it was finished before:
// SEQRL_STATUS_IF_TAKEN, by which a sweep distinguishes that from a failure of the run.
constexpr const char* kStatusIfTaken = "SEQRL_STATUS_IF_TAKEN";
std::optional<int> status_if_taken();

}  // namespace seqrl::tools
