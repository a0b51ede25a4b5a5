// A worker process is a child process running the user's Python that answers requests.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "configs/base/error.h"
#include "configs/base/file_handle.h"

namespace seqrl {

// The process died or was stopped because it hung. An Error of kind failure.
class WorkerLost : public Error {
 public:
  explicit WorkerLost(const std::string& message) : Error(ErrorKind::failure, message) {}
};

// The operation of a request (README.md).
enum class WorkerRequest : std::uint32_t {
  open = 1,
  rows = 2,
  reset = 3,
  step = 4,
  frame = 5,
  close = 6,
  loop = 7
};

// The child, its socket, and the file in memory that both processes map. It has its own process
// group, so ctrl-C does not reach it. It ends with this process, however this process dies.
class WorkerProcess {
 public:
  // Starts `python` with worker.py. `title` is the environment's name in messages. An Error of kind
  // user if there is no such program.
  WorkerProcess(const std::string& python, std::string title);
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess();  // asks it to end, and kills it shortly after

  struct Reply {
    bool raised = false;  // then `text` is the last line of Python's traceback
    std::string text;
  };

  // Sends a request and waits for the reply; `reset` and `step`, which require map() first, use the
  // shared memory. WorkerLost if the process died, or if for this many seconds it neither answered
  // nor advanced `progress` (null: there is none). `key` names the option that sets the limit.
  Reply call(WorkerRequest request, std::string_view payload, double seconds, const char* key,
             const volatile std::uint64_t* progress = nullptr);

  // Resizes the shared file and maps it; the previous mapping becomes invalid. This class owns
  // words 2 to 7.
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
  std::string line_, last_line_;  // of its output: an unfinished line, the last whole one
  std::int64_t lines_ = 0;        // not noted yet
  bool lost_ = false;
};

// `text` from Python, made fit for a one-line message.
std::string message_line(std::string_view text);

}  // namespace seqrl
