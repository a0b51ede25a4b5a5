#include "tools/reports/published.h"

#include <array>
#include <cmath>
#include <cstdlib>

#include "agents/datasets/scores.h"

namespace seqrl::tools {
namespace {

struct Dataset {
  std::string_view name;
  std::int64_t transitions;
  double score;  // of the mean return of its episodes; quoted from memory

  std::string_view env() const { return name.substr(0, name.find('-')); }
};

constexpr std::array<Dataset, 9> kDatasets = {{
    {"halfcheetah-medium", 1000000, 40.7},
    {"hopper-medium", 1000000, 44.3},
    {"walker2d-medium", 1000000, 62.1},
    {"halfcheetah-medium-replay", 202000, 27.2},
    {"hopper-medium-replay", 402000, 15.0},
    {"walker2d-medium-replay", 302000, 14.8},
    {"halfcheetah-medium-expert", 2000000, 64.3},
    {"hopper-medium-expert", 2000000, 64.8},
    {"walker2d-medium-expert", 2000000, 82.6},
}};

// A file may end in the middle of an episode, which is left out.
bool is_about(std::int64_t size, std::int64_t expected) {
  return std::abs(size - expected) <= expected / 100;
}

// Whether nothing that is known of the data speaks against its being D4RL's.
bool may_be(const Dataset& dataset, const DataFacts& facts) {
  if (!facts.env.empty() && facts.env != dataset.env()) return false;
  if (!facts.layout.empty() && facts.layout != "D4RL v2") return false;
  if (!facts.stated_env.empty() || !facts.id.empty()) return false;
  constexpr double kTolerance = 2.5;
  const auto reference = reference_returns(dataset.env());
  return !facts.return_mean || !reference ||
         std::abs(reference->normalized(*facts.return_mean) - dataset.score) <= kTolerance;
}

// What is predicted of the 111,540 characters that Tiny Shakespeare (1,115,394) has to test on.
constexpr std::int64_t kShakespeareAnswers = 111539;

struct Row {
  std::string_view learner, what, source;
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

constexpr std::string_view kCopying =
    "Feng et al., arXiv 2410.01201v3: sequences of 4096, three layers, up to 400,000 steps";
constexpr std::string_view kLanguages =
    "Feng et al., arXiv 2410.01201v3, after Beck et al., arXiv 2405.04517, whose accuracies are "
    "scaled: "
    "0 is guessing; ours are not";
constexpr std::string_view kArena = "Feng et al., arXiv 2410.01201v3: Long Range Arena";
constexpr std::string_view kShakespeare =
    "Feng et al., arXiv 2410.01201v3: Tiny Shakespeare, which a text of 1,115,394 characters is "
    "taken for, three layers of dim 384, the lowest test loss";

constexpr std::array kTasks = {
    Published{"selective_copy", "min_lstm", "accuracy", 0.960, "", kCopying, 's', true},
    Published{"selective_copy", "min_gru", "accuracy", 0.995, "", kCopying, 's', true},
    Published{"selective_copy", "mamba", "accuracy", 0.998, "", kCopying, 's', false},
    Published{"bucket_sort", "mamba", "accuracy", 0.69, "", kLanguages, 'l', false},
    Published{"bucket_sort", "min_lstm", "accuracy", 0.94, "", kLanguages, 'l', false},
    Published{"missing_duplicate", "mamba", "accuracy", 0.15, "", kLanguages, 'l', false},
    Published{"missing_duplicate", "min_lstm", "accuracy", 0.26, "", kLanguages, 'l', false},
    Published{"cycle_navigation", "mamba", "accuracy", 0.86, "", kLanguages, 'l', false},
    Published{"cycle_navigation", "min_lstm", "accuracy", 0.79, "", kLanguages, 'l', false},
    Published{"even_pairs", "mamba", "accuracy", 1.0, "", kLanguages, 'l', false},
    Published{"even_pairs", "min_lstm", "accuracy", 1.0, "", kLanguages, 'l', false},
    Published{"majority", "mamba", "accuracy", 0.69, "", kLanguages, 'l', false},
    Published{"majority", "min_lstm", "accuracy", 0.93, "", kLanguages, 'l', false},
    Published{"majority_count", "mamba", "accuracy", 0.45, "", kLanguages, 'l', false},
    Published{"majority_count", "min_lstm", "accuracy", 0.47, "", kLanguages, 'l', false},
    Published{"retrieval", "mamba", "accuracy", 0.90, "", kArena, 'a', false},
    Published{"retrieval", "min_lstm", "accuracy", 0.89, "", kArena, 'a', false},
    Published{"list_ops", "mamba", "accuracy", 0.33, "", kArena, 'a', false},
    Published{"list_ops", "min_lstm", "accuracy", 0.59, "", kArena, 'a', false},
    Published{"gray_image", "mamba", "accuracy", 0.69, "", kArena, 'a', false},
    Published{"gray_image", "min_lstm", "accuracy", 0.67, "", kArena, 'a', false},
    Published{"characters", "min_gru", "loss", 1.548, "best", kShakespeare, 'k', true},
    Published{"characters", "min_lstm", "loss", 1.555, "best", kShakespeare, 'k', true},
    Published{"characters", "mamba", "loss", 1.575, "best", kShakespeare, 'k', true},
    Published{"characters", "transformer", "loss", 1.547, "best", kShakespeare, 'k', true},
};

// "hopper_medium-v2" → "hopper-medium". Papers' numbers are of version 2: another keeps its own.
std::string plain_name(std::string_view dataset) {
  std::string name(dataset);
  for (char& c : name) c = c == '_' ? '-' : c;
  const std::size_t version = name.rfind("-v");
  const bool versioned =
      version != std::string::npos && version + 3 == name.size() && name.back() == '2';
  return versioned ? name.substr(0, version) : name;
}

}  // namespace

std::vector<Published> published_numbers(std::string_view task, std::string_view learner,
                                         std::string_view measure, std::optional<std::int64_t> size,
                                         const DataFacts& facts) {
  measure = measure.substr(measure.rfind('/') + 1);
  std::vector<Published> found;
  const bool other_text = task == "characters" && size != kShakespeareAnswers;
  for (const Published& number : kTasks) {
    if (other_text) break;
    if (number.task == task && number.learner == learner && number.measure == measure) {
      found.push_back(number);
    }
  }
  const std::string name = plain_name(task);
  for (std::size_t i = 0; i < kDatasets.size() && measure == "score"; ++i) {
    const Dataset& dataset = kDatasets[i];
    const bool same_size = size && is_about(*size, dataset.transitions);
    if (dataset.name != name || !same_size || !may_be(dataset, facts)) continue;
    for (const Row& row : kRows) {
      if (row.learner != learner) continue;
      found.push_back({dataset.name, row.learner, "score", row.scores[i], row.what, row.source,
                       row.mark, row.verified});
    }
  }
  return found;
}

}  // namespace seqrl::tools
