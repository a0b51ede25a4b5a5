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

namespace seqrl {

// There is no such program here. An Error of kind failure.
class ProgramMissing : public Error {
 public:
  explicit ProgramMissing(const std::string& message) : Error(ErrorKind::failure, message) {}
};

// A file that is open in this process, or none (-1); closed with it.
class OpenFile {
 public:
  OpenFile() = default;
  explicit OpenFile(int number) : number_(number) {}
  OpenFile(OpenFile&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~OpenFile() { close(); }

  bool is_open() const { return number_ >= 0; }
  int number() const { return number_; }
  void close();

 private:
  int number_ = -1;
};

// A child process. It is asked to stop when this process dies, whatever of.
class Process {
 public:
  struct Options {
    bool feed = false;             // write() reaches its standard input, else that is empty
    std::filesystem::path output;  // stdout and stderr are appended to it; "": thrown away
    bool capture = false;          // or kept in memory, for captured() and last_error()
    bool own_group = false;        // ctrl-C on the terminal does not reach it
    std::vector<std::string> environment = {};  // KEY=VALUE, besides this process's and over it
  };

  // Starts arguments[0], looked up in PATH unless it has a slash. ProgramMissing when there is no
  // such program, which names `package`, the Debian package that has it, if given.
  Process(const std::vector<std::string>& arguments, const Options& options,
          const std::string& package = "");
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // kills it if it is still running

  // Feeds it; false when it no longer reads.
  bool write(std::string_view bytes);
  void end_input();

  void signal(int number);
  // Kills it with all that it started; for own_group.
  void kill_group();
  std::optional<int> poll();  // its exit status, or 128 + the signal that ended it; or nothing yet
  int wait();                 // ends its input first

  // What it has written to stdout so far, and the last line of what it has to stderr. stdout is a
  // file in memory in which it may also go back.
  std::string captured() const;
  std::string last_error() const;

 private:
  pid_t pid_ = -1;
  OpenFile input_, captured_, errors_;
  std::optional<int> status_;
};

// The last line in a file that a program's output went to; "" where there is none.
std::string last_line(const std::filesystem::path& output);

}  // namespace seqrl
