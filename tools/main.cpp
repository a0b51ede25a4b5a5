// The program seqrl. Exit status: 0 for success, 1 for a failure, 2 for a user error.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <iostream>

#include "configs/base/error.h"
#include "tools/commands/command_line.h"
#include "tools/commands/interrupt.h"
#include "tools/failure.h"

namespace {

// Opens /dev/null in place of closed standard streams. Otherwise the first opened files would get
// their descriptors, and messages would be written into those files.
void secure_standard_streams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF) ::open("/dev/null", O_RDWR);
  }
}

}  // namespace

int main(int argc, char** argv) {
  secure_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // at a file size limit write() then fails, with a message
  try {
    const int status = seqrl::tools::run_command_line(argc, argv);
    const bool written = static_cast<bool>(std::cout.flush());
    if (!written && !seqrl::tools::reader_is_gone(STDOUT_FILENO)) {
      seqrl::fail("could not write the complete output");
    }
    return status;
  } catch (...) {
    const seqrl::tools::Failure failure = seqrl::tools::failure_of(std::current_exception());
    std::cerr << "seqrl: " << failure.text << "\n";
    return failure.status;
  }
}
