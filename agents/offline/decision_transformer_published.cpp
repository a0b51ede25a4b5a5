#include "agents/offline/decision_transformer_published.h"

#include <array>
#include <string_view>

namespace seqrl {
namespace {

// The columns of the rows below.
constexpr std::array kDatasets = {
    "halfcheetah-medium",        "hopper-medium",        "walker2d-medium",
    "halfcheetah-medium-replay", "hopper-medium-replay", "walker2d-medium-replay",
    "halfcheetah-medium-expert", "hopper-medium-expert", "walker2d-medium-expert",
};

struct Row {
  std::string_view backbone, what, source;
  char mark;
  bool verified;
  std::array<double, kDatasets.size()> scores;
};

constexpr std::string_view kMinRnn =
    "Feng et al., arXiv 2410.01201v3, its table on D4RL, mean of 5 seeds";
constexpr std::string_view kMamba =
    "Decision Mamba as quoted by Feng et al., arXiv 2410.01201v3: the best evaluation of a run";
constexpr std::string_view kCorl = "CORL's Decision Transformer, arXiv 2210.07105";

constexpr std::array<Row, 6> kRows = {{
    {"transformer",
     "",
     kMinRnn,
     'f',
     false,
     {42.6, 68.4, 75.5, 37.0, 85.6, 71.2, 88.8, 109.6, 109.3}},
    {"transformer",
     "last",
     kCorl,
     'c',
     true,
     {42.2, 65.1, 67.6, 38.9, 81.8, 59.9, 91.6, 110.4, 107.1}},
    {"transformer",
     "best",
     kCorl,
     'c',
     true,
     {42.7, 69.4, 74.7, 40.3, 88.7, 68.2, 93.4, 111.2, 108.7}},
    {"mamba", "best", kMamba, 'm', false, {42.8, 83.5, 78.2, 39.6, 82.6, 70.9, 91.9, 111.1, 108.3}},
    {"min_lstm", "", kMinRnn, 'f', false, {42.7, 85.0, 72.0, 38.6, 88.5, 69.7, 85.4, 110.3, 110.3}},
    {"min_gru", "", kMinRnn, 'f', false, {43.0, 79.4, 73.3, 38.5, 90.5, 72.8, 86.3, 109.7, 110.3}},
}};

}  // namespace

std::vector<PublishedScore> decision_transformer_published() {
  std::vector<PublishedScore> published;
  for (const Row& row : kRows) {
    for (std::size_t i = 0; i < kDatasets.size(); ++i) {
      published.push_back({.backbone = std::string(row.backbone),
                           .dataset = kDatasets[i],
                           .score = row.scores[i],
                           .what = std::string(row.what),
                           .source = std::string(row.source),
                           .mark = row.mark,
                           .verified = row.verified});
    }
  }
  return published;
}

}  // namespace seqrl
