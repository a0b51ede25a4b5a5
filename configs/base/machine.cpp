#include "configs/base/machine.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace seqrl {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

ProcessAddress ProcessAddress::of_this_process() {
  ProcessAddress address{.host = "", .machine = "", .names = "", .pid = ::getpid()};
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  address.host = host;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> address.machine;
  if (address.machine.empty()) address.machine = address.host;
  struct stat names {};
  ::stat("/proc/self/ns/pid", &names);
  address.names = address.machine + " " + std::to_string(names.st_ino);
  return address;
}

std::optional<std::uint64_t> start_of_process(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t end_of_name = text.rfind(')');  // the name may contain any character
  if (end_of_name == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(end_of_name + 1));
  std::string state, skipped;
  fields >> state;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  std::uint64_t start = 0;
  const bool lives = state != "Z" && state != "X";
  return lives && fields >> start ? std::optional(start) : std::nullopt;
}

}  // namespace seqrl
