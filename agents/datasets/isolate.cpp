#include "agents/datasets/isolate.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "agents/datasets/hdf5_support.h"
#include "configs/base/errno_text.h"
#include "configs/base/error.h"
#include "configs/base/thread_pool.h"

namespace seqrl {
namespace {

using Clock = std::chrono::steady_clock;

// Sanitizers map terabytes of shadow memory: a limit on address space would fail immediately.
#if defined(__has_feature)
#define SEQRL_CLANG_SANITIZES (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SEQRL_CLANG_SANITIZES 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || SEQRL_CLANG_SANITIZES
constexpr bool kLimitsMemory = false;
#else
constexpr bool kLimitsMemory = true;
#endif

// Whether this process is a child with its own limits.
bool isolated = false;

// Whether the work has opened other files.
bool opened_others = false;

// Sets the soft limit; the hard limit, up to which it can be raised again, stays.
void limit(__rlimit_resource_t resource, std::uint64_t value) {
  rlimit both{};
  ::getrlimit(resource, &both);
  both.rlim_cur = std::min<rlim_t>(value, both.rlim_max);
  ::setrlimit(resource, &both);
}

void raise_limit(__rlimit_resource_t resource, std::uint64_t by) {
  rlimit both{};
  ::getrlimit(resource, &both);
  if (both.rlim_cur < RLIM_INFINITY - by) limit(resource, both.rlim_cur + by);
}

std::uint64_t physical_memory() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * page_size();
}

// The memory that a valid file of this size can need in addition to the base amount.
std::uint64_t memory_for(std::uintmax_t bytes) {
  return std::min<std::uint64_t>(bytes, 1u << 30) * 1100;
}

double processor_seconds_for(std::uintmax_t bytes) {
  return static_cast<double>(bytes >> 20);
}

void enter_child(const IsolationLimits& limits, const SharedMemory& memory) {
  isolated = true;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // do not outlive the parent
  ::signal(SIGINT, SIG_IGN);           // ctrl-C is the parent's to handle
  ::signal(SIGPIPE, SIG_IGN);
  for (int caught : {SIGTERM, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) ::signal(caught, SIG_DFL);
  // The last output of a crashing library would only confuse: the parent reports what happened.
  if (const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC); null >= 0) ::dup2(null, 2);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, static_cast<std::uint64_t>(std::ceil(limits.processor_seconds)));
  if (kLimitsMemory) {
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const std::uint64_t more =
        memory.is_on_disk() ? std::min(limits.memory_on_disk, physical_memory() + memory.room())
                            : limits.memory;
    limit(RLIMIT_AS, pages * page_size() + more);
  }
}

nlohmann::json outcome_of(const std::function<nlohmann::json(SharedMemory&)>& work,
                          SharedMemory& memory) {
  try {
    opened_others = false;
    nlohmann::json result = work(memory);
    return {{"result", std::move(result)}, {"opened_others", opened_others}};
  } catch (const NoSpace& error) {
    return {{"no_space", error.what()}};
  } catch (const Error& error) {
    return {{"error", error.what()}, {"kind", static_cast<int>(error.kind())}};
  } catch (const std::bad_alloc&) {
    return {{"exhausted", true}};
  } catch (const std::exception& error) {
    return {{"error", error.what()}, {"kind", static_cast<int>(ErrorKind::internal)}};
  }
}

// Runs the child and exits.
[[noreturn]] void run_child(int output, const IsolationLimits& limits, SharedMemory& memory,
                            const std::function<nlohmann::json(SharedMemory&)>& work) noexcept {
  enter_child(limits, memory);
  const std::string text =
      outcome_of(work, memory).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = ::write(output, text.data() + written, text.size() - written);
    if (n < 0 && errno != EINTR) break;
    if (n > 0) written += static_cast<std::size_t>(n);
  }
  ::_exit(0);  // without the parent's exit handlers
}

// Receives everything that the child writes, until it closes the pipe; false if the time ends
// first.
bool receive(int input, Clock::time_point deadline, std::string& text) {
  char block[65536];
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd waiting = {input, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::min<long long>(left, 60'000))) <= 0) continue;
    const ssize_t n = ::read(input, block, sizeof block);
    if (n == 0) return true;
    if (n > 0) text.append(block, static_cast<std::size_t>(n));
    if (n < 0 && errno != EINTR) return true;
  }
}

// Waits for the child; 0 if other code has already waited for it.
int reap(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 0;
  }
  return status;
}

[[noreturn]] void explain_death(const std::filesystem::path& path, const IsolationLimits& limits,
                                int status) {
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL)) {
    reject(
        "cannot read {}: the process reading it was stopped, after {:.0f} s of processor time or "
        "for lack of memory; the file is damaged, or too large for this machine",
        path.string(), limits.processor_seconds);
  }
  if (WIFSIGNALED(status)) {
    reject("cannot read {}: the file is damaged and libhdf5 crashed on it ({}); fetch it again",
           path.string(), ::strsignal(WTERMSIG(status)));
  }
  reject("cannot read {}: the process reading it ended without an answer; the file is damaged",
         path.string());
}

nlohmann::json unwrap(const std::filesystem::path& path, const IsolationLimits& limits,
                      SharedMemory& memory, const nlohmann::json& outcome) {
  if (outcome.contains("error")) {
    throw Error(static_cast<ErrorKind>(outcome["kind"].get<int>()),
                outcome["error"].get<std::string>());
  }
  if (outcome.contains("no_space")) throw NoSpace(outcome["no_space"].get<std::string>());
  if (outcome.contains("exhausted")) {
    reject(
        "cannot read {}: it asks for more than the {} MB that a file of its size can need; it may "
        "be damaged",
        path.string(), limits.memory >> 20);
  }
  if (outcome.at("opened_others").get<bool>()) memory.note_other_files();
  return outcome.at("result");
}

}  // namespace

IsolationLimits IsolationLimits::for_file(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error) reject("cannot read {}: {}", path.string(), error.message());
  IsolationLimits limits;
  limits.processor_seconds = 60 + processor_seconds_for(bytes);
  limits.seconds = 4 * limits.processor_seconds;  // a slow network disk takes no processor time
  limits.memory_on_disk = (std::uint64_t{1} << 30) + memory_for(bytes);
  limits.memory = std::min(physical_memory(), limits.memory_on_disk);
  return limits;
}

void allow_isolated_file(std::uint64_t bytes) {
  opened_others = true;
  if (!isolated) return;
  raise_limit(RLIMIT_CPU, static_cast<std::uint64_t>(processor_seconds_for(bytes)));
  if (kLimitsMemory) raise_limit(RLIMIT_AS, std::min(physical_memory(), memory_for(bytes)));
}

int isolated_threads() {
#if defined(__SANITIZE_THREAD__)
  return 1;  // its runtime ends a forked process that starts a thread
#else
  return std::min(4, available_processors());
#endif
}

nlohmann::json run_isolated(const std::filesystem::path& path, const IsolationLimits& limits,
                            SharedMemory& memory,
                            const std::function<nlohmann::json(SharedMemory&)>& work) {
  const char* in_process = std::getenv("SEQRL_HDF5_IN_PROCESS");
  if (in_process != nullptr && std::string_view(in_process) == "1") {
    return unwrap(path, limits, memory, outcome_of(work, memory));
  }

  int ends[2];
  pid_t child;
  {
    // No thread is inside libhdf5 while we fork, and no other fork inherits our pipe. The child
    // gets its own copy of the lock, released as here.
    std::lock_guard lock(hdf5_mutex());
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("cannot create a pipe: {}", errno_text(errno));
    child = ::fork();
    if (child != 0) ::close(ends[1]);
  }
  if (child == 0) run_child(ends[1], limits, memory, work);
  if (child < 0) {
    const int error = errno;
    ::close(ends[0]);
    fail("cannot start a process to read {}: {}", path.string(), errno_text(error));
  }

  std::string text;
  const auto time = std::chrono::duration<double>(limits.seconds);
  const bool in_time =
      receive(ends[0], Clock::now() + std::chrono::duration_cast<Clock::duration>(time), text);
  ::close(ends[0]);
  if (!in_time) ::kill(child, SIGKILL);
  const int status = reap(child);
  if (!in_time) {
    reject("cannot read {}: not finished after {:.0f} s; the file is damaged, or its disk hangs",
           path.string(), limits.seconds);
  }
  const nlohmann::json outcome = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (status != 0 || !outcome.is_object()) explain_death(path, limits, status);
  return unwrap(path, limits, memory, outcome);
}

}  // namespace seqrl
