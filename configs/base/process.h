// A child process: gnuplot, ffmpeg, a user's command, or seqrl itself.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/file_handle.h"

namespace seqrl {

// The program does not exist on this machine. An Error of kind failure.
class ProgramMissing : public Error {
 public:
  explicit ProgramMissing(const std::string& message) : Error(ErrorKind::failure, message) {}
};

// A child process. It is asked to stop when this process dies for any reason.
class Process {
 public:
  struct Options {
    bool feed = false;             // write() goes to its standard input, which is otherwise empty
    std::filesystem::path output;  // stdout and stderr are appended to it; "": discarded
    bool capture = false;          // or kept in memory, for captured() and last_error()
    bool own_group = false;        // ctrl-C on the terminal does not reach it
    std::vector<std::string> environment = {};  // KEY=VALUE, added to our own or overriding them
  };

  // Starts arguments[0], looked up in PATH unless it has a slash. Throws ProgramMissing if there is
  // no such program; the message names `package`, the Debian package that contains it, if given.
  Process(const std::vector<std::string>& arguments, const Options& options,
          const std::string& package = "");
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // kills it if it is still running

  // Writes to its standard input. Returns false if it no longer reads.
  bool write(std::string_view bytes);
  void end_input();

  void signal(int number);
  // Kills it and all processes that it started; for own_group.
  void kill_group();
  std::optional<int> poll();  // its exit status, or 128 + the signal that ended it; or nothing yet
  int wait();                 // closes its input first

  // Its stdout so far, and the last line of its stderr. stdout is a file in memory, in which the
  // child may also seek back.
  std::string captured() const;
  std::string last_error() const;

 private:
  pid_t pid_ = -1;
  FileHandle input_, captured_, errors_;
  std::optional<int> status_;
};

// The last line of a file with a program's output; "" if there is none.
std::string last_line(const std::filesystem::path& output);

}  // namespace seqrl
