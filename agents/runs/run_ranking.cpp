// The best checkpoint of a run, and the best ones under earlier evaluation settings.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "agents/learning/learner_kind.h"
#include "agents/runs/training_run.h"
#include "configs/base/error.h"
#include "configs/base/json.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

nlohmann::ordered_json parsed_or_null(const std::string& json) {
  return json.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json::parse(json);
}

// The file of the best checkpoint of an earlier ranking.
std::string earlier_name(const nlohmann::ordered_json& evaluation) {
  return fmt::format("best-{}.safetensors", evaluation.value("step", std::int64_t{0}));
}

}  // namespace

// If the evaluation settings have changed, the earlier best checkpoint no longer competes.
void TrainingRun::begin_ranking(const RunConfig& saved) {
  const nlohmann::ordered_json then = learner_kind(saved).ranking_protocol(saved),
                               now = learner_kind(config_).ranking_protocol(config_);
  if (then == now || progress_.best_evaluation.empty()) return;
  nlohmann::ordered_json best = nlohmann::ordered_json::parse(progress_.best_evaluation);
  const std::string name = earlier_name(best);
  best["protocol"] = then;
  best["checkpoint"] = name;
  best["until"] = step();
  nlohmann::ordered_json earlier = parsed_or_null(progress_.earlier_best);
  earlier.push_back(std::move(best));
  progress_.earlier_best = earlier.dump();
  progress_.best_evaluation.clear();
  std::vector<std::string> changes;
  for (const auto& [key, value] : now.items()) {
    if (then[key] != value) {
      changes.push_back(fmt::format("{} {}, not {}", key, value.dump(), then[key].dump()));
    }
  }
  notes_.push_back(
      fmt::format("checkpoints are now measured differently ({}): the next evaluation begins a new "
                  "ranking, and keeps the best of the earlier one as checkpoints/{}",
                  fmt::join(changes, "; "), name));
}

// Called before the first best checkpoint of a new ranking is written. The file already exists if a
// process did this but was stopped before it saved its progress.
void TrainingRun::keep_earlier_best() {
  if (progress_.earlier_best.empty()) return;
  const nlohmann::ordered_json earlier = nlohmann::ordered_json::parse(progress_.earlier_best);
  const fs::path best = files_.best();
  const fs::path kept = best.parent_path() / earlier_name(earlier.back());
  if (fs::exists(kept) || !fs::exists(best)) return;
  std::error_code error;
  fs::rename(best, kept, error);
  if (error) fail("cannot keep {} as {}: {}", best.string(), kept.string(), error.message());
}

std::string TrainingRun::eval_json() const {
  nlohmann::ordered_json json = parsed_or_null(progress_.last_evaluation);
  if (json.is_null()) json = nlohmann::ordered_json::object();
  json["last"] = parsed_or_null(progress_.last_evaluation);
  json["best"] = parsed_or_null(progress_.best_evaluation);
  if (!progress_.earlier_best.empty()) {
    json["earlier_best"] = parsed_or_null(progress_.earlier_best);
  }
  return indented(json);
}

}  // namespace seqrl
