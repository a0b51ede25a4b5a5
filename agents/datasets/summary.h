// A summary of a dataset: its size, ends, returns and scores.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "agents/datasets/prepared_cache.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// Smallest, quartiles (linear between ranks, as numpy.percentile), mean and largest of some values.
struct Distribution {
  double min = 0, first_quartile = 0, median = 0, third_quartile = 0, max = 0, mean = 0;

  // For at least one value.
  static Distribution of(std::vector<double> values);
};

// The facts that `seqrl info` prints. Returns and lengths are those of episodes with an end, or of
// all if none has one.
struct DatasetSummary {
  DatasetSource source;
  std::int64_t episodes = 0, transitions = 0, observation_dim = 0, action_dim = 0;
  std::int64_t terminated = 0, timeouts = 0, cut = 0;  // episodes by how they end
  Distribution returns, lengths;
  std::optional<Distribution> scores;  // D4RL's normalised scores, if the environment is known
  double action_min = 0, action_max = 0;
  std::uint64_t fingerprint = 0;
  std::vector<PreparedCopy> prepared;  // none unless requested
};

// Simulates no steps, but reads the limits of the data's environment, if it is known.
DatasetSummary summarize(const Trajectories& data);

// Lines for a terminal, 80 columns if the path allows.
std::string to_text(const DatasetSummary& summary);
nlohmann::json to_json(const DatasetSummary& summary);

// A fingerprint as text: 16 hexadecimal digits.
std::string fingerprint_text(std::uint64_t fingerprint);

}  // namespace seqrl
