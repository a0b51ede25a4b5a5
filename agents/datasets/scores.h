// D4RL's normalised scores: 0 is the return of a random policy, 100 that of an expert.
// Source: Fu et al., "D4RL", arXiv 2004.07219, and its reference returns.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "envs/env_facts.h"

namespace seqrl {

// The reference returns of an environment, or of a D4RL dataset name ("door"); nothing if D4RL has
// none.
std::optional<ReferenceReturns> reference_returns(std::string_view env);

// A scale other than D4RL's: the one that a dataset provides.
struct NamedScale {
  std::string name;  // "minari"
  ReferenceReturns returns;
};

// The scale in the dataset facts that a run stores (a checkpoint's `dataset_facts`), or nothing.
std::optional<NamedScale> scale_of_facts(const std::string& facts);
// The same, in the format of such facts: a JSON object.
std::string scale_json(const NamedScale& scale);

}  // namespace seqrl
