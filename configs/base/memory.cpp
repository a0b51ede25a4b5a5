#include "configs/base/memory.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>

#include "configs/base/error.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

constexpr double kUnlimited = std::numeric_limits<double>::infinity();

// The number after `name` in a file of lines "NAME NUMBER".
std::optional<double> number_in(const fs::path& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string word; file >> word;) {
    double number = 0;
    if (word == name && file >> number) return number;
    file.clear();
  }
  return std::nullopt;
}

// The memory left by a version 2 control group and its parents; caches do not count as used.
double left_by_groups() {
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  do {
    if (!std::getline(groups, line)) return kUnlimited;
  } while (!line.starts_with("0::/"));
  const fs::path root = "/sys/fs/cgroup";
  double left = kUnlimited;
  for (fs::path group = root / line.substr(4);; group = group.parent_path()) {
    double most = 0;
    if (std::ifstream(group / "memory.max") >> most) {
      left = std::min(left, most - number_in(group / "memory.stat", "anon").value_or(0));
    }
    if (group == root || !group.has_relative_path()) return left;
  }
}

double left_by_address_space() {
  rlimit limit{};
  double pages = 0;
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUnlimited;
  std::ifstream("/proc/self/statm") >> pages;
  return static_cast<double>(limit.rlim_cur) - pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

double available_memory() {
  const auto kilobytes = number_in("/proc/meminfo", "MemAvailable:");
  const double machine = kilobytes ? *kilobytes * 1024 : kUnlimited;
  return std::max(0.0, std::min({machine, left_by_groups(), left_by_address_space()}));
}

std::string shown_bytes(double bytes) {
  if (bytes < 1e9) return fmt::format("{:.0f} MB", bytes / 1e6);
  return bytes < 1e13 ? fmt::format("{:.1f} GB", bytes / 1e9)
                      : fmt::format("{:.3g} GB", bytes / 1e9);
}

void require_memory(double bytes, const std::string& what, const std::string& keys) {
  const double available = available_memory();
  SEQRL_REQUIRE(bytes <= available, "{} needs about {} of memory, but only {} are free; lower {}",
                what, shown_bytes(bytes), shown_bytes(available), keys);
}

}  // namespace seqrl
