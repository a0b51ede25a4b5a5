// The machine that the program runs on, for records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace seqrl {

// The processor's model name, "Intel(R) Xeon(R) Platinum 8488C"; "unknown" if the system does not
// report it.
std::string processor_name();

// Identifies a process, also to processes on other machines.
struct ProcessAddress {
  std::string host;     // for display
  std::string machine;  // equal for processes of one kernel, until it reboots
  std::string names;    // equal for processes that can see each other's numbers (pid)
  int pid = 0;

  static ProcessAddress of_this_process();
};

// When a process started, in ticks since the kernel started; together with its number (pid) this
// identifies the process uniquely. nullopt if it has ended or cannot be seen.
std::optional<std::uint64_t> start_of_process(int pid);

}  // namespace seqrl
