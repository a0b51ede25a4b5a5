// The flags of a D4RL file that say where episodes end, under the names that people give them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace seqrl {

class Hdf5File;

// The names of the two arrays of flags.
struct EndFlags {
  std::string terminals;           // the array's name
  std::string timeouts;            // the same, or "" where there is none
  std::vector<std::string> notes;  // what was assumed, and what is not read
};

// Which arrays, of one flag for each of `rows` transitions, are `terminals` and `timeouts`: those
// of these names; failing that, or where a `timeouts` is never set, others that are known, such as
// `terminations` and `truncations`. Without any for terminals it names `terminals`.
EndFlags find_end_flags(const Hdf5File& file, std::int64_t rows);

}  // namespace seqrl
