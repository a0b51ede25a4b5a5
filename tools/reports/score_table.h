// A score table: runs by task and learner, over seeds.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "configs/schema/fields.h"
#include "tools/reports/paired.h"
#include "tools/reports/published.h"
#include "tools/reports/run_groups.h"
#include "tools/reports/statistics.h"

namespace seqrl::tools {

struct TableConfig {
  std::vector<std::string> metrics;
  std::int64_t resamples = 50000;
  std::uint64_t seed = 0;
  std::string baseline;  // the learner to compare the others with; "" for none
  void fields(Fields& field);
};

// One measure over several runs, from their last evaluations or their best.
struct SeedSummary {
  std::vector<double> values;             // finite
  std::map<std::string, double> by_seed;  // the same
  std::optional<MeanStd> moments;
  std::optional<double> iqm;         // of normalised scores
  std::optional<Interval> interval;  // of the iqm, from two seeds
};

struct TableRow {
  std::string task, learner, variant, measure;
  std::vector<std::string> seeds;
  SeedSummary last, best;
  std::optional<std::int64_t> parameters;
  std::optional<double> steps_per_second;
  std::vector<Published> published;
};

// One learner's scores on all tasks, each task a stratum.
struct TableAggregate {
  std::string learner, measure;
  std::vector<std::string> tasks;
  double last_iqm, best_iqm;
  Interval last_interval, best_interval;
};

// A learner compared with the baseline, over the tasks and seeds that both have.
struct TableComparison {
  std::string learner, baseline, measure;
  PairedDifference last, best;
};

struct ScoreTable {
  std::vector<TableRow> rows;
  std::vector<TableAggregate> aggregates;  // of learners with two tasks or more
  std::vector<TableComparison> comparisons;
  std::vector<std::string> notes;
};

ScoreTable make_table(const std::vector<RunGroup>& groups, const TableConfig& config);

std::string to_markdown(const ScoreTable& table);
std::string to_csv(const ScoreTable& table);
nlohmann::ordered_json to_json(const ScoreTable& table);

}  // namespace seqrl::tools
