#include "envs/gymnasium/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "configs/base/errno_text.h"
#include "configs/base/printable.h"
#include "envs/assets.h"
#include "envs/env_notes.h"

extern char** environ;

namespace seqrl {

std::span<const Asset> gymnasium_scripts();  // compiled in: spaces.py, then worker.py

namespace {

using Clock = std::chrono::steady_clock;

// File descriptors in the child.
enum : int { kControl = 3, kMemory = 4, kLife = 5, kScript = 6, kFree = 10 };

constexpr const char* kBoot =
    "exec(compile(open(6, encoding='utf-8').read(), 'seqrl_worker.py', 'exec'))";
constexpr std::chrono::seconds kToClose{3};

// Words of the shared memory (README.md).
enum : std::size_t {
  kRequests = 2,
  kReplies,
  kOperation,
  kReplyFollows,
  kParentSleeps,
  kWorkerSleeps
};
// The first number of a socket message that is not an operation.
enum : std::uint32_t { kWoken = 0, kOk, kRaised };
// How long one side polls the other's word before it sleeps: waking a processor takes tens of
// microseconds, as long as several steps of a small environment.
constexpr std::chrono::milliseconds kAlert{5};

[[noreturn]] void fail_to_start(const std::string& title, int error) {
  fail("{}: cannot start its process: {}", title, errno_text(error));
}

// A file moved away from the descriptors that the child's files get.
FileHandle moved(const std::string& title, int number) {
  const FileHandle original(number);
  FileHandle file(number < 0 ? -1 : ::fcntl(number, F_DUPFD_CLOEXEC, int{kFree}));
  if (file.number() < 0) fail_to_start(title, errno);
  return file;
}

FileHandle script_file(const std::string& title) {
  FileHandle file = moved(title, ::memfd_create("seqrl worker.py", MFD_CLOEXEC));
  std::string text;
  for (const Asset& part : gymnasium_scripts()) text += part.text;
  if (::pwrite(file.number(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    fail_to_start(title, errno);
  }
  return file;
}

std::pair<FileHandle, FileHandle> pipe_of(const std::string& title) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail_to_start(title, errno);
  FileHandle read = moved(title, ends[0]);
  return {std::move(read), moved(title, ends[1])};
}

std::string death(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("was terminated by a signal: {}", ::strsignal(WTERMSIG(status)));
  return fmt::format("ended with exit status {}", WEXITSTATUS(status));
}

}  // namespace

std::string message_line(std::string_view text) {
  constexpr std::size_t kMost = 400;
  std::string line = printable(text.substr(0, kMost));
  return text.size() > kMost ? line + "…" : line;
}

WorkerProcess::WorkerProcess(const std::string& python, std::string title)
    : title_(std::move(title)) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail_to_start(title_, errno);
  control_ = moved(title_, ends[0]);
  const FileHandle control = moved(title_, ends[1]);
  auto [output, to_output] = pipe_of(title_);
  auto [from_life, life] = pipe_of(title_);
  output_ = std::move(output);
  life_ = std::move(life);
  ::fcntl(output_.number(), F_SETFL, O_NONBLOCK);
  memory_ = moved(title_, ::memfd_create("seqrl environments", MFD_CLOEXEC));
  const FileHandle script = script_file(title_);

  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  for (const auto& [from, to] : std::array<std::pair<int, int>, 6>{{{to_output.number(), 1},
                                                                    {to_output.number(), 2},
                                                                    {control.number(), kControl},
                                                                    {memory_.number(), kMemory},
                                                                    {from_life.number(), kLife},
                                                                    {script.number(), kScript}}}) {
    ::posix_spawn_file_actions_adddup2(&files, from, to);
  }
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none, usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  for (int handled : {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ, SIGIO, SIGCHLD}) {
    sigaddset(&usual, handled);
  }
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);

  std::array<std::string, 3> arguments{python, "-c", kBoot};
  std::array<char*, 4> pointers{};
  std::ranges::transform(arguments, pointers.begin(),
                         [](std::string& text) { return text.data(); });
  const int error =
      ::posix_spawnp(&pid_, python.c_str(), &files, &attributes, pointers.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0) pid_ = -1;
  SEQRL_REQUIRE(error != ENOENT && error != EACCES,
                "{}: env.python: cannot start {} ({}); give the Python that has the environment, "
                "such as env.python=venv/bin/python",
                title_, python, errno_text(error));
  if (error != 0) fail_to_start(title_, error);
}

WorkerProcess::~WorkerProcess() {
  end(lost_);
  read_output();
  note_output();
  if (!mapped_.empty()) ::munmap(mapped_.data(), mapped_.size_bytes());
}

// Ends the process, waits for it and returns its status.
int WorkerProcess::end(bool at_once) {
  if (pid_ < 0) return 0;
  int status = 0;
  if (!at_once) {
    try {
      call(WorkerRequest::close, "", static_cast<double>(kToClose.count()), "");
    } catch (const std::exception&) {  // the kill below ends it
    }
    if (pid_ < 0) return 0;
  }
  ::kill(-pid_, SIGKILL);  // with its own children
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return status;
}

void WorkerProcess::lose(const std::string& why) {
  lost_ = true;
  read_output();
  if (!line_.empty()) last_line_ = line_;
  const std::string said =
      last_line_.empty() ? "" : fmt::format("; its last output: {}", message_line(last_line_));
  throw WorkerLost(fmt::format("{}: its process {}{}", title_, why, said));
}

void WorkerProcess::send(std::uint32_t operation, std::string_view text) {
  const std::array<std::uint32_t, 2> head{operation, static_cast<std::uint32_t>(text.size())};
  for (std::string_view bytes :
       {std::string_view(reinterpret_cast<const char*>(head.data()), sizeof head), text}) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(control_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) {
        lose(death(end(true)));  // a dead process keeps its status
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
}

std::atomic_ref<std::uint64_t> WorkerProcess::word(std::size_t index) const {
  return std::atomic_ref(mapped_[index]);
}

bool WorkerProcess::is_answered() const {
  return word(kReplies).load() == requests_;
}

// Passes a request through the memory. Returns when the worker has answered, or after a short time:
// then the worker is told to wake this process. Polling yields the processor.
void WorkerProcess::exchange(WorkerRequest request) {
  word(kOperation).store(static_cast<std::uint64_t>(request), std::memory_order_relaxed);
  word(kParentSleeps).store(0, std::memory_order_relaxed);
  word(kRequests).store(requests_);
  if (word(kWorkerSleeps).load() != 0) send(kWoken, {});
  const auto end = Clock::now() + kAlert;
  while (!is_answered() && Clock::now() < end) ::sched_yield();
  if (!is_answered()) word(kParentSleeps).store(1);
}

void WorkerProcess::receive(char* to, std::size_t size, double seconds, const char* key,
                            const volatile std::uint64_t* progress) {
  const auto patience = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(std::min(seconds, 1e8)));
  Clock::time_point deadline{};  // set once there is something to wait for
  std::uint64_t seen = progress != nullptr ? *progress : 0;
  while (size > 0) {
    std::array<pollfd, 2> files{
        {{control_.number(), POLLIN, 0}, {output_.number(), POLLIN, 0}}};  // closed: -1
    const auto now = Clock::now();
    if (deadline == Clock::time_point{}) deadline = now + patience;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
    const int ready = ::poll(files.data(), files.size(),
                             static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000)));
    if (ready < 0 && errno == EINTR) continue;
    if ((files[1].revents & POLLIN) != 0) {
      read_output();
    } else if (files[1].revents != 0) {
      output_.close();  // the child has closed its end
    }
    if (files[0].revents != 0) {
      const ssize_t count = ::recv(control_.number(), to, size, 0);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        // The socket closes before the process has ended: give it time.
        int status = 0;
        for (int i = 0; i < 100 && pid_ > 0; ++i) {
          if (::waitpid(pid_, &status, WNOHANG) == pid_) {
            ::kill(-pid_, SIGKILL);
            pid_ = -1;
          } else {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
          }
        }
        if (pid_ > 0) status = end(true);
        lose(death(status));
      }
      to += count;
      size -= static_cast<std::size_t>(count);
      continue;
    }
    const std::uint64_t at = progress != nullptr ? *progress : 0;
    if (at != seen) {
      seen = at;
      deadline = Clock::now() + patience;
    } else if (Clock::now() >= deadline) {
      end(true);
      lose(fmt::format("did not answer for {:g} s (env.{}) and was stopped", seconds, key));
    }
  }
}

WorkerProcess::Reply WorkerProcess::call(WorkerRequest request, std::string_view payload,
                                         double seconds, const char* key,
                                         const volatile std::uint64_t* progress) {
  SEQRL_CHECK(!lost_);
  ++requests_;
  const bool in_memory = request == WorkerRequest::step || request == WorkerRequest::reset;
  if (in_memory) {
    exchange(request);
  } else {
    if (!mapped_.empty()) {
      word(kOperation).store(0, std::memory_order_relaxed);
      word(kRequests).store(requests_, std::memory_order_release);
    }
    send(static_cast<std::uint32_t>(request), payload);
  }
  std::array<std::uint32_t, 2> answer{kWoken, 0};
  while (answer[0] == kWoken) {
    if (in_memory && is_answered() && word(kReplyFollows).load(std::memory_order_relaxed) == 0) {
      read_output();
      answer[0] = kOk;
    } else {
      receive(reinterpret_cast<char*>(answer.data()), sizeof answer, seconds, key, progress);
    }
  }
  Reply reply{.raised = answer[0] == kRaised, .text = std::string(answer[1], '\0')};
  receive(reply.text.data(), reply.text.size(), seconds, key, progress);
  if (reply.raised) read_output();  // output from before the exception
  note_output();
  return reply;
}

std::span<std::uint64_t> WorkerProcess::map(std::size_t words) {
  if (!mapped_.empty()) ::munmap(mapped_.data(), mapped_.size_bytes());
  mapped_ = {};
  const std::size_t bytes = words * sizeof(std::uint64_t);
  if (::ftruncate(memory_.number(), static_cast<off_t>(bytes)) != 0) {
    fail("{}: cannot allocate {} MB of shared memory: {}", title_, bytes >> 20, errno_text(errno));
  }
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.number(), 0);
  if (memory == MAP_FAILED) {
    fail("{}: cannot allocate {} MB of shared memory: {}", title_, bytes >> 20, errno_text(errno));
  }
  mapped_ = {static_cast<std::uint64_t*>(memory), words};
  return mapped_;
}

// Reads the process's output so far and keeps its last line.
void WorkerProcess::read_output() {
  std::array<char, 4096> block;
  while (output_.number() >= 0) {
    const ssize_t count = ::read(output_.number(), block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    for (const char c : std::string_view(block.data(), static_cast<std::size_t>(count))) {
      if (c != '\n') {
        if (line_.size() < 1000) line_ += c;
        continue;
      }
      ++lines_;
      if (line_.find_first_not_of(" \t\r") != std::string::npos) last_line_ = line_;
      line_.clear();
    }
    if (static_cast<std::size_t>(count) < block.size()) return;
  }
}

void WorkerProcess::note_output() {
  if (lines_ > 0) add_env_output(title_, lines_, last_line_);
  lines_ = 0;
}

}  // namespace seqrl
