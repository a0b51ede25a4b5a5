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
  std::string settings;       // what tells it from others of its task: "backbone.layers=1", or ""
  std::string measure;        // "score" (D4RL's), "accuracy" (0 … 1), "loss" (nats)
  std::string what;           // "last", "best", or "" where the source does not say
  double value = 0;
  std::optional<double> std;         // over seeds
  std::optional<std::int64_t> step;  // at which it was reached
  std::optional<double> chance;      // of an accuracy that is scaled: 0 is guessing, 1 is all right
  double tolerance = 0;              // how near another measurement counts as the same
  std::string source;
  char mark = ' ';            // of the source, in tables
  bool verified = false;      // read in the source; otherwise quoted from memory
  std::string remark;         // what is to be known of it, of its task's numbers
  bool beside_runs = true;    // a table of runs shows it beside them
  std::int64_t tokens = 0;    // of a batch that it was trained on
  std::string command, cost;  // of what is no training: how to measure it, and what that takes
};

const std::vector<PublishedNumber>& published_numbers();

}  // namespace seqrl
