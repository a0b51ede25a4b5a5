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

// Tokens of an expression: digits 0 … 9 are themselves.
enum ListOpsToken : std::int32_t {
  kListMin = 10,  // [MIN
  kListMax,       // [MAX
  kListMedian,    // [MED, rounded down
  kListSum,       // [SM, modulo 10
  kListEnd,       // ]
  kListOpsSymbols,
};

struct ListOpsConfig : ClassificationConfig {
  std::string data;  // a folder with Long Range Arena's files; "" = generate
  std::int64_t max_depth = 10, max_args = 10;
  std::int64_t min_length = 500, max_length = 2000;  // both excluded, as in its generator
  std::int64_t training_examples = 96000, evaluation_examples = 2000;

  void fields(Fields& field);
};

// Draws an expression as Long Range Arena does (its listops.py, after Nangia & Bowman, arXiv
// 1804.06028): a node is a digit, or with probability 1/4 an operation on 2 … max_args nodes, and
// below max_depth always a digit; until its length is between the limits. An Error where that does
// not happen in a million draws.
std::vector<std::int32_t> draw_list_ops(Random& random, const ListOpsConfig& config);

// The value of an expression, 0 … 9; an Error where it is malformed.
std::int32_t evaluate_list_ops(std::span<const std::int32_t> tokens);

// Tokens of "( ( [MAX 4 ) 3 ) ] )"; parentheses say nothing and are left out, as there. Errors
// begin with `where`.
std::vector<std::int32_t> parse_list_ops(std::string_view text, const std::string& where);

// Generated, or from basic_{train,val,test}.tsv where config.data names their folder. A generated
// training set is finite too: as large as the published one, and the same for every seed.
std::unique_ptr<Task> make_list_ops(const ListOpsConfig& config, std::uint64_t seed);

}  // namespace seqrl
