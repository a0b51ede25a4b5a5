// A failure of the program: what an exception says, and the exit status that stands for it.
#pragma once

#include <exception>
#include <string>

namespace seqrl::tools {

struct Failure {
  int status = 1;    // 2 for the user's mistakes
  std::string text;  // a line, without the program's name
};

Failure failure_of(const std::exception_ptr& exception);

}  // namespace seqrl::tools
