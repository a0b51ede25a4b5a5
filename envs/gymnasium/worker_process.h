// A worker process is a child process, the user's Python, that answers requests.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "configs/base/error.h"

namespace seqrl {

// An open file, closed with its owner.
class FileHandle {
 public:
  FileHandle() = default;
  explicit FileHandle(int number) : number_(number) {}
  FileHandle(FileHandle&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle() { close(); }

  int number() const { return number_; }
  void close();

 private:
  int number_ = -1;
};

// The process died or was stopped because it hung. An Error of kind failure.
class WorkerLost : public Error {
 public:
  explicit WorkerLost(const std::string& message) : Error(ErrorKind::failure, message) {}
};

// What a request asks for (README.md).
enum class WorkerRequest : std::uint32_t {
  open = 1,
  rows = 2,
  reset = 3,
  step = 4,
  frame = 5,
  close = 6,
  loop = 7
};

// The child, its socket, and the file in memory that both map. It is in a process group of its own:
// ctrl-C does not reach it. It ends with this process, whatever this one dies of.
class WorkerProcess {
 public:
  // Starts `python` with worker.py. `title` is what messages call the environment. An Error of kind
  // user where there is no such program.
  WorkerProcess(const std::string& python, std::string title);
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess();  // asks it to end, and kills it soon after

  struct Reply {
    bool raised = false;  // then `text` is the last line of Python's traceback
    std::string text;
  };

  // Asks, and waits for the reply; `reset` and `step`, which need map() before, go through the
  // shared memory. WorkerLost where the process died, or where it has neither answered nor moved
  // `progress` on (null: there is none) for so many seconds; `key` names the option that says how
  // many.
  Reply call(WorkerRequest request, std::string_view payload, double seconds, const char* key,
             const volatile std::uint64_t* progress = nullptr);

  // Makes the shared file so large, and maps it; what was mapped before is gone. Words 2 to 7
  // are this class's own.
  std::span<std::uint64_t> map(std::size_t words);

  bool is_lost() const { return lost_; }

 private:
  void send(std::uint32_t operation, std::string_view text);
  std::atomic_ref<std::uint64_t> word(std::size_t index) const;
  bool is_answered() const;
  void exchange(WorkerRequest request);
  void receive(char* to, std::size_t size, double seconds, const char* key,
               const volatile std::uint64_t* progress);
  void read_output();
  void note_output();
  [[noreturn]] void lose(const std::string& why);
  int end(bool at_once);

  std::string title_;
  pid_t pid_ = -1;
  FileHandle control_, output_, life_, memory_;
  std::span<std::uint64_t> mapped_;
  std::uint64_t requests_ = 0;    // sent so far
  std::string line_, last_line_;  // of what it prints: an unfinished line, the last whole one
  std::int64_t lines_ = 0;        // not noted yet
  bool lost_ = false;
};

// `text` from Python, fit for a message of one line.
std::string message_line(std::string_view text);

}  // namespace seqrl
