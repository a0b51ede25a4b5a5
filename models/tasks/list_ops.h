// ListOps: nested operations on lists of digits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "configs/base/random.h"
#include "models/tasks/config.h"
#include "models/tasks/task.h"

namespace seqrl {

// Tokens of an expression; digits 0 … 9 are their own tokens.
enum ListOpsToken : std::int32_t {
  kListMin = 10,  // [MIN
  kListMax,       // [MAX
  kListMedian,    // [MED, rounded down
  kListSum,       // [SM, modulo 10
  kListEnd,       // ]
  kListOpsSymbols,
};

struct ListOpsConfig : ClassificationConfig {
  std::string data;  // a folder with the files of Long Range Arena; "" = generate
  std::int64_t max_depth = 10, max_args = 10;
  std::int64_t min_length = 500, max_length = 2000;  // both exclusive, as in its generator
  std::int64_t training_examples = 96000, evaluation_examples = 2000;

  void fields(Fields& field);
};

// Draws an expression like Long Range Arena (its listops.py, after Nangia & Bowman, arXiv
// 1804.06028). A node is a digit, or with probability 1/4 an operation on 2 … max_args nodes; from
// max_depth on it is always a digit. Draws until the length is between the limits. An Error if a
// million draws do not suffice.
std::vector<std::int32_t> draw_list_ops(Random& random, const ListOpsConfig& config);

// The value of an expression, 0 … 9; an Error if it is malformed.
std::int32_t evaluate_list_ops(std::span<const std::int32_t> tokens);

// Tokens of "( ( [MAX 4 ) 3 ) ] )"; parentheses carry no meaning and are skipped, as in Long Range
// Arena. Errors begin with `where`.
std::vector<std::int32_t> parse_list_ops(std::string_view text, const std::string& where);

// The task with generated examples or, if config.data names their folder, with those of
// basic_{train,val,test}.tsv. A generated training set is also finite: by default as large as the
// published one, and the same for every seed.
std::unique_ptr<Task> make_list_ops(const ListOpsConfig& config, std::uint64_t seed);

}  // namespace seqrl
