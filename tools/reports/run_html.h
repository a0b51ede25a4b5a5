// The parts of a report on a run: its scores, its training, its config.
#pragma once

#include <string>
#include <vector>

#include "tools/reports/run_folder.h"
#include "tools/reports/score_table.h"

namespace seqrl::tools {

// "min_gru on hopper-medium, seed 1"
std::string title_of(const RunFolder& run);

// The most important numbers, as tiles.
std::string tiles_of(const RunFolder& run);

// Every measure of the last and the best evaluation, with deviations and intervals.
std::string scores_html(const RunFolder& run);

// Environment, data, time and machine, as the rows of a table.
std::string training_html(const RunFolder& run);

std::string config_html(const RunFolder& run);

// The main measures of several runs, one row each, with a link to "#run-N".
std::string runs_table(const std::vector<RunFolder>& runs);

// A table of measures over seeds.
std::string seeds_html(const ScoreTable& table);

}  // namespace seqrl::tools
