// The paper's table: each published number, the measured one, and the verdict.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agents/config/published_numbers.h"
#include "tools/reports/run_folder.h"
#include "tools/reports/statistics.h"

namespace seqrl::tools {

enum class Verdict {
  reproduced,  // as good within the tolerance
  exceeded,    // better by more than the tolerance
  refuted,     // worse over two or more seeds trained to the end, beyond their interval
  differs,     // worse for one seed, or within the interval
  unfinished,  // worse so far, in runs that were not trained to the end
  not_run,
  no_model,  // seqrl has no such model
};
std::string name_of(Verdict verdict);  // "not run"

struct PaperRow {
  PublishedNumber number;
  std::vector<std::string> seeds;
  std::vector<double> values;        // of the runs at the paper's settings, on the number's scale
  std::optional<double> measured;    // their interquartile mean; up to three values, the mean
  std::optional<Interval> interval;  // of `measured`, by bootstrap over seeds; from two seeds
  std::int64_t step = 0, steps = 0;  // of the least advanced run: its step, and its total
  std::vector<std::string> other_settings;  // the differing settings of runs that do not count
  Verdict verdict = Verdict::not_run;
  std::string command, cost;
};

struct PaperTable {
  std::vector<PaperRow> rows;
  std::vector<std::string> notes;
};

// Runs that the paper has no number for, or that were not evaluated yet, are named in the notes.
PaperTable make_paper_table(const std::vector<RunFolder>& runs);

std::string to_markdown(const PaperTable& table);
std::string to_csv(const PaperTable& table);
nlohmann::ordered_json to_json(const PaperTable& table);

}  // namespace seqrl::tools
