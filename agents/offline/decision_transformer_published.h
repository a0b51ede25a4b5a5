// The scores that papers report for Decision Transformers on D4RL's datasets, by backbone.
#pragma once

#include <vector>

#include "agents/config/agent_kind.h"

namespace seqrl {

std::vector<PublishedScore> decision_transformer_published();

}  // namespace seqrl
