// The machine that the program runs on, for records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace seqrl {

// What the processor calls itself, "Intel(R) Xeon(R) Platinum 8488C"; "unknown" where the system
// does not say.
std::string processor_name();

// Which process it is, for processes of other machines, too.
struct ProcessAddress {
  std::string host;     // for people
  std::string machine;  // the same for processes of one kernel, until it starts again
  std::string names;    // the same for processes that know each other by their numbers (pid)
  int pid = 0;

  static ProcessAddress of_this_process();
};

// When a process started, in ticks since the kernel did: with its number it stands for no other.
// Nothing where it has ended, or cannot be seen.
std::optional<std::uint64_t> start_of_process(int pid);

}  // namespace seqrl
