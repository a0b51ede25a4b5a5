// Groups of runs that differ only in their seed, over which a mean may be taken.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tools/reports/run_folder.h"

namespace seqrl::tools {

struct RunGroup {
  std::string task, learner;
  // The settings in which it differs from other groups of its task and learner; `variant` is the
  // same in one line, or "".
  std::vector<std::pair<std::string, std::string>> differences;
  std::string variant;
  std::vector<RunFolder> runs;  // of different seeds
};

// Groups runs by all settings except the seed and incidental ones, and by the physics under which
// they were evaluated, sorted by task, learner and variant. Two runs of one seed in one group are
// an Error of kind user: the same result would count twice.
std::vector<RunGroup> group_runs(std::vector<RunFolder> runs);

// The runs that arguments name (find_runs), read and grouped.
std::vector<RunGroup> read_groups(const std::vector<std::string>& arguments);

// The finite values of `measure` in the group's runs, from the last evaluation or the best.
enum class EvaluationChoice { last, best };
std::vector<double> values_of(const RunGroup& group, const std::string& measure,
                              EvaluationChoice choice);

}  // namespace seqrl::tools
