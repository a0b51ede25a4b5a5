// Numbers that papers report, to print beside ours.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seqrl {

struct Published {
  std::string_view dataset;  // "hopper-medium"
  std::string_view learner;  // our name for it: "min_gru"
  double score;              // D4RL's normalised score
  std::string_view what;     // "last", "best", or "" where the source doesn't say
  std::string_view source;
  char mark;      // of the source, in tables
  bool verified;  // read in the source; otherwise quoted from memory
};

// What papers report for a learner on a dataset; `dataset` may be written as "hopper_medium-v2".
std::vector<Published> published_scores(std::string_view dataset, std::string_view learner);

}  // namespace seqrl
