// A flat space is a Gymnasium space as a vector: its parts concatenated, in the space's own order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace seqrl {

// A Box or a MultiBinary, as its numbers in C order; or a Discrete or MultiDiscrete, one-hot.
struct SpacePart {
  std::string path = {};                    // within the array: "goal/position"; "" for the array
  std::string name = {};                    // "goal.position"; "" if it is not nested
  std::string kind = "box";                 // as in layouts: box, multibinary, discrete, …
  std::int64_t numbers = 0;                 // stored per row; 0 = as many as there are
  std::vector<std::int64_t> counts = {};    // number of choices of each, one-hot; or none
  std::vector<std::int64_t> starts = {};    // the first value of each
  std::vector<double> low = {}, high = {};  // of a Box, if finite

  // In the vector; 0 if unknown before the data is read.
  std::int64_t size() const;
};

struct FlatSpace {
  std::vector<SpacePart> parts;
  std::vector<std::string> left_out = {};  // names of omitted texts, which are not numbers

  // Whether it is a vector of real numbers without parts.
  bool is_plain() const;

  // The name of this layout in env: {kind: gymnasium} (envs/gymnasium/README.md):
  // "achieved_goal[2], observation[27]", "direction discrete[4]", "[11]".
  std::string layout() const;

  // The space in Minari's metadata: `text` is JSON under the key `key`. The keys of a Dict keep the
  // order of the text, which is the space's; Gymnasium sorts them. "" is an array without parts. An
  // Error of kind user names `path` and the key if the space is not a vector of numbers.
  static FlatSpace of_json(const std::string& text, const char* key,
                           const std::filesystem::path& path);
};

// A layout as readable text: "achieved_goal 2, desired_goal 2, observation 101".
std::string layout_text(const std::string& layout);

}  // namespace seqrl
