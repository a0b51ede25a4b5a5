// Results of the paper's experiments as CSV: the evaluations of runs, one per line. The runs can be
// read back from the CSV without their folders.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/reports/run_groups.h"

namespace seqrl::tools {

// experiment,combination,seed,differs,steps,step,METRIC,…: one line for each evaluation of each
// run. An Error of kind user names a run that belongs to no experiment; runs that were not
// evaluated yet are left out.
std::string results_csv(std::vector<RunFolder> runs);

// Reads the output of results_csv. `source` names the text in errors, which are of kind user.
std::vector<RunFolder> read_results(std::string_view text, const std::string& source);

// The shipped results: configs/paper/results.
std::vector<RunFolder> shipped_results();

// The runs that arguments name: folders as find_runs takes them, CSV files of results, and folders
// that hold only such files.
std::vector<RunFolder> read_runs_or_results(const std::vector<std::string>& arguments);

}  // namespace seqrl::tools
