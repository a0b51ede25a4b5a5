// A failure of the program: what an exception says, and the exit status that stands for it.
#pragma once

#include <exception>
#include <optional>
#include <string>

namespace seqrl::tools {

struct Failure {
  int status = 1;    // 2 for the user's mistakes
  std::string text;  // a line, without the program's name
};

Failure failure_of(const std::exception_ptr& exception);

// The exit status where a run is another process's (RunTaken), or was finished before:
// SEQRL_STATUS_IF_TAKEN, by which a sweep tells that from its runs' failures.
constexpr const char* kStatusIfTaken = "SEQRL_STATUS_IF_TAKEN";
std::optional<int> status_if_taken();

}  // namespace seqrl::tools
