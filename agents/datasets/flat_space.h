// A flat space is a Gymnasium space as a vector: its parts in a row, in the space's own order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace seqrl {

// A Box or a MultiBinary, as the numbers that it holds in C order; or a Discrete or MultiDiscrete,
// one-hot.
struct SpacePart {
  std::string path = {};                    // below the array: "goal/position"; "" for the array
  std::string name = {};                    // "goal.position"; "" where there is nothing around it
  std::string kind = "box";                 // as in layouts: box, multibinary, discrete, …
  std::int64_t numbers = 0;                 // that are stored in a row; 0 = as many as there are
  std::vector<std::int64_t> counts = {};    // the choices of each, which become one-hot; or none
  std::vector<std::int64_t> starts = {};    // the number that stands for the first of them
  std::vector<double> low = {}, high = {};  // of a Box, where they are finite

  // In the vector: 0 where that is not known before the data is seen.
  std::int64_t size() const;
};

struct FlatSpace {
  std::vector<SpacePart> parts;
  std::vector<std::string> left_out = {};  // names of texts, which are no numbers

  // Whether it is a vector of real numbers without parts.
  bool is_plain() const;

  // What env: {kind: gymnasium} calls the same (envs/gymnasium/README.md): "achieved_goal[2],
  // observation[27]", "direction discrete[4]", "[11]".
  std::string layout() const;

  // The space in Minari's metadata: `text` is JSON under the key `key`. Of the keys of a Dict, the
  // order is that of the text, which is the space's; Gymnasium sorts them. "" is an array without
  // parts. Error of kind user, which names `path` and the key, for what is no vector of numbers.
  static FlatSpace of_json(const std::string& text, const char* key,
                           const std::filesystem::path& path);
};

// A layout for people: "achieved_goal 2, desired_goal 2, observation 101".
std::string layout_text(const std::string& layout);

}  // namespace seqrl
