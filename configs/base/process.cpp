#include "configs/base/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <utility>

#include "configs/base/errno_text.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// This process's variables, overridden by `others`.
std::vector<std::string> environment_with(const std::vector<std::string>& others) {
  std::vector<std::string> all = others;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable), key = text.substr(0, text.find('=') + 1);
    const auto replaced = [&](const std::string& other) { return other.starts_with(key); };
    if (std::ranges::none_of(others, replaced)) all.emplace_back(text);
  }
  return all;
}

// Runs in the child: only calls allowed between fork and exec. Returns the error that stopped it.
int become(char* const* arguments, char* const* environment, const Process::Options& options,
           int input, int output, int errors, pid_t parent) {
  if (options.own_group) ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) return ESRCH;  // the parent died before the request for its signal
  for (int handled : {SIGINT, SIGTERM, SIGXFSZ}) ::signal(handled, SIG_DFL);
  if (::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(errors, 2) < 0) return errno;
  ::execvpe(arguments[0], arguments, environment);
  return errno;
}

int status_of(int waited) {
  return WIFEXITED(waited) ? WEXITSTATUS(waited) : 128 + WTERMSIG(waited);
}

FileHandle file_in_memory(const char* name, const std::string& program) {
  FileHandle file(::memfd_create(name, MFD_CLOEXEC));
  if (!file.is_open()) {
    fail("cannot start {}: cannot create a buffer for its output: {}", program, errno_text(errno));
  }
  return file;
}

std::string content_of(int file) {
  struct stat status {};
  std::string content;
  if (::fstat(file, &status) == 0) content.resize(static_cast<std::size_t>(status.st_size));
  const ssize_t count = ::pread(file, content.data(), content.size(), 0);
  content.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return content;
}

std::string last_line_of(const std::string& output) {
  std::istringstream text(output);
  std::string last;
  for (std::string line; std::getline(text, line);) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin != std::string::npos) last = line.substr(begin);
  }
  return one_line(last);
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const Options& options,
                 const std::string& package) {
  int ends[2] = {-1, -1}, news[2];
  const std::string log = options.output.empty() ? "/dev/null" : options.output.string();
  const FileHandle output(
      ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!output.is_open()) {
    fail("cannot write {}: {}", log, errno == ELOOP ? "it is a symbolic link" : errno_text(errno));
  }
  if (options.capture) {
    captured_ = file_in_memory("output", arguments[0]);
    errors_ = file_in_memory("errors", arguments[0]);
  }
  FileHandle input;
  if (options.feed) {
    // Not a pipe: writing to a socket that nobody reads can be kept from raising SIGPIPE.
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      fail("cannot start {}: {}", arguments[0], errno_text(errno));
    }
    input_ = FileHandle(ends[0]);
    input = FileHandle(ends[1]);
  } else {
    input = FileHandle(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  }
  if (::pipe2(news, O_CLOEXEC) != 0) fail("cannot start {}: {}", arguments[0], errno_text(errno));
  const FileHandle read_news(news[0]);
  FileHandle write_news(news[1]);

  const std::vector<std::string> environment = environment_with(options.environment);
  const std::vector<char*> argument_pointers = pointers_to(arguments),
                           environment_pointers = pointers_to(environment);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    const int error = become(argument_pointers.data(), environment_pointers.data(), options,
                             input.number(), (captured_.is_open() ? captured_ : output).number(),
                             (errors_.is_open() ? errors_ : output).number(), parent);
    [[maybe_unused]] const ssize_t told = ::write(news[1], &error, sizeof error);
    ::_exit(127);
  }
  if (pid_ < 0) fail("cannot start {}: {}", arguments[0], errno_text(errno));
  write_news.close();
  int error = 0;
  if (::read(news[0], &error, sizeof error) != sizeof error) return;  // closed by exec
  wait();
  if (error == ENOENT && !package.empty()) {
    throw ProgramMissing(
        fmt::format("{} is not installed: apt-get install {}", arguments[0], package));
  }
  fail("cannot start {}: {}", arguments[0], errno_text(error));
}

Process::~Process() {
  if (!status_) {
    signal(SIGKILL);
    wait();
  }
}

std::string Process::captured() const {
  return content_of(captured_.number());
}

std::string Process::last_error() const {
  return last_line_of(content_of(errors_.number()));
}

bool Process::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(input_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Process::end_input() {
  input_.close();
}

void Process::signal(int number) {
  if (!status_) ::kill(pid_, number);
}

void Process::kill_group() {
  // Also if it has ended: processes that it started may still run.
  ::kill(-pid_, SIGKILL);
}

std::optional<int> Process::poll() {
  int waited = 0;
  if (!status_ && ::waitpid(pid_, &waited, WNOHANG) == pid_) status_ = status_of(waited);
  return status_;
}

int Process::wait() {
  end_input();
  int waited = 0;
  while (!status_) {
    if (::waitpid(pid_, &waited, 0) == pid_) {
      status_ = status_of(waited);
    } else if (errno != EINTR) {
      status_ = 127;
    }
  }
  return *status_;
}

std::string last_line(const std::filesystem::path& output) {
  return std::filesystem::exists(output) ? last_line_of(read_file(output)) : "";
}

}  // namespace seqrl
