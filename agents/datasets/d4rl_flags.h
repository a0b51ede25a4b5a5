// The flags of a D4RL file that mark where episodes end, under their various names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace seqrl {

class Hdf5File;

// The names of the two arrays of flags.
struct EndFlags {
  std::string terminals;           // the array's name
  std::string timeouts;            // likewise, or "" if there is none
  std::vector<std::string> notes;  // assumptions made, and arrays that are not read
};

// Selects the arrays (one flag for each of `rows` transitions) that are `terminals` and `timeouts`:
// those of these names; failing that, or if `timeouts` is never set, other known ones, such as
// `terminations` and `truncations`. Without any for terminals it names `terminals`.
EndFlags find_end_flags(const Hdf5File& file, std::int64_t rows);

}  // namespace seqrl
