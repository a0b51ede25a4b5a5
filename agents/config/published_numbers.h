// The numbers that papers report: configs/paper/published.json, compiled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace seqrl {

struct PublishedNumber {
  std::string experiment;     // "shakespeare", of configs/paper/shakespeare.yaml
  std::string task, learner;  // "bucket_sort" or "hopper-medium", "min_lstm"
  std::string settings;       // identifies it within its task: "backbone.layers=1", or ""
  std::string measure;        // "score" (D4RL's), "accuracy" (0 … 1), "loss" (nats)
  std::string what;           // "last", "best", or "" if the source does not say
  double value = 0;
  std::optional<double> std;         // over seeds
  std::optional<std::int64_t> step;  // at which it was reached
  std::optional<double> chance;      // for a scaled accuracy: 0 is guessing, 1 is all correct
  double tolerance = 0;              // other measurements within this distance count as equal
  std::string source;
  char mark = ' ';            // for the source, in tables
  bool verified = false;      // read in the source; otherwise quoted from memory
  std::string remark;         // a remark on it, or on its task's numbers
  bool beside_runs = true;    // a table of runs shows it next to them
  std::int64_t tokens = 0;    // per training batch
  std::string command, cost;  // if no training is needed: how to measure it, and the cost
};

const std::vector<PublishedNumber>& published_numbers();

}  // namespace seqrl
