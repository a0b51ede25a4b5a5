#include "tools/reports/published.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "agents/config/agent_kind.h"
#include "agents/config/published_numbers.h"
#include "agents/datasets/scores.h"

namespace seqrl::tools {
namespace {

struct Dataset {
  std::string_view name;
  std::int64_t transitions;
  double score;  // of its episodes' mean return; quoted from memory

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

// A file may end in the middle of an episode; that episode is left out.
bool is_about(std::int64_t size, std::int64_t expected) {
  return std::abs(size - expected) <= expected / 100;
}

// Whether the size matches D4RL's data, and no other known fact contradicts it.
bool may_be(const Dataset& dataset, const DataFacts& facts) {
  if (!facts.transitions || !is_about(*facts.transitions, dataset.transitions)) return false;
  if (!facts.env.empty() && facts.env != dataset.env()) return false;
  if (!facts.layout.empty() && facts.layout != "D4RL v2") return false;
  if (!facts.stated_env.empty() || !facts.id.empty()) return false;
  constexpr double kTolerance = 2.5;
  const auto reference = reference_returns(dataset.env());
  return !facts.return_mean || !reference ||
         std::abs(reference->normalized(*facts.return_mean) - dataset.score) <= kTolerance;
}

// The number of predictions on the 111,540 test characters of Tiny Shakespeare (1,115,394).
constexpr std::int64_t kShakespeareAnswers = 111539;

// The last word of a measure: "score" of "stream/3600/score".
std::string_view last_word(std::string_view measure) {
  return measure.substr(measure.rfind('/') + 1);
}

}  // namespace

std::string plain_dataset_name(std::string_view dataset) {
  std::string name(dataset);
  for (char& c : name) c = c == '_' ? '-' : c;
  const std::size_t version = name.rfind("-v");
  const bool versioned =
      version != std::string::npos && version + 3 == name.size() && name.back() == '2';
  return versioned ? name.substr(0, version) : name;
}

std::vector<Published> published_for_task(std::string_view task, std::string_view backbone,
                                          std::string_view measure,
                                          std::optional<std::int64_t> answers) {
  std::vector<Published> found;
  if (task == "characters" && answers != kShakespeareAnswers) return found;
  for (const PublishedNumber& number : published_numbers()) {
    const bool same = number.task == task && number.learner == backbone && number.beside_runs;
    if (!same || number.measure != last_word(measure)) continue;
    found.push_back({number.measure, number.value, number.what, number.source, number.mark,
                     number.verified, number.step});
  }
  return found;
}

std::vector<Published> published_for_agent(const std::string& agent, std::string_view backbone,
                                           std::string_view dataset, std::string_view measure,
                                           const DataFacts& facts) {
  std::vector<Published> found;
  if (last_word(measure) != "score") return found;
  const std::string name = plain_dataset_name(dataset);
  const auto known = std::ranges::find(kDatasets, name, &Dataset::name);
  if (known == kDatasets.end() || !may_be(*known, facts)) return found;
  const AgentKind& kind = agent_kind(agent);
  for (const PublishedScore& score : kind.published) {
    if (score.dataset != name) continue;
    if (score.backbone != (kind.reads_sequences ? backbone : "")) continue;
    found.push_back({"score", score.score, score.what, score.source, score.mark, score.verified});
  }
  return found;
}

}  // namespace seqrl::tools
