#include "agents/datasets/scores.h"

namespace seqrl {

std::optional<ReferenceReturns> reference_returns(std::string_view env) {
  const EnvFacts* facts = env_facts(env);
  return facts == nullptr ? std::nullopt : facts->d4rl;
}

}  // namespace seqrl
