#include "agents/offline/decision_transformer_published.h"

#include "agents/config/published_numbers.h"

namespace seqrl {

std::vector<PublishedScore> decision_transformer_published() {
  std::vector<PublishedScore> published;
  for (const PublishedNumber& number : published_numbers()) {
    if (number.experiment != "d4rl") continue;
    published.push_back({.backbone = number.learner,
                         .dataset = number.task,
                         .score = number.value,
                         .what = number.what,
                         .source = number.source,
                         .mark = number.mark,
                         .verified = number.verified});
  }
  return published;
}

}  // namespace seqrl
