#include "agents/evaluation/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "configs/base/statistics.h"

namespace seqrl {
namespace {

nlohmann::ordered_json number_or_null(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

// A mean and a standard deviation of returns on another scale.
std::optional<double> scaled_mean(const NamedScale& scale, const std::optional<double>& mean) {
  return mean ? std::optional(scale.returns.normalized(*mean)) : std::nullopt;
}
std::optional<double> scaled_std(const NamedScale& scale, const std::optional<double>& std) {
  if (!std) return std::nullopt;
  return *std * 100 / (scale.returns.expert - scale.returns.random);
}

}  // namespace

TargetResult TargetResult::of(ActMode mode, std::optional<double> target,
                              std::span<const EpisodeResult> played,
                              const std::optional<ReferenceReturns>& reference) {
  TargetResult result{.mode = mode, .target = target};
  result.episodes = static_cast<std::int64_t>(played.size());
  std::vector<double> lengths, scores, successes;
  for (const EpisodeResult& episode : played) {
    result.lengths.push_back(episode.length);
    result.all_returns.push_back(episode.valid ? std::optional(episode.total) : std::nullopt);
    if (!episode.valid) {
      ++result.invalid;
      continue;
    }
    result.returns.push_back(episode.total);
    lengths.push_back(static_cast<double>(episode.length));
    if (episode.success) successes.push_back(*episode.success ? 1 : 0);
    if (reference) scores.push_back(reference->normalized(episode.total));
  }
  if (result.returns.empty()) return result;
  const Moments returns = moments(result.returns);
  result.return_mean = returns.mean;
  result.return_std = returns.std;
  result.length_mean = moments(lengths).mean;
  if (!successes.empty()) result.success_mean = mean_of(successes);
  if (reference) {
    const Moments score = moments(scores);
    result.score_mean = score.mean;
    result.score_std = score.std;
  }
  return result;
}

double Evaluation::ranking() const {
  if (targets.empty()) return -std::numeric_limits<double>::infinity();
  const TargetResult& first = targets.front();
  return first.score_mean.value_or(
      first.return_mean.value_or(-std::numeric_limits<double>::infinity()));
}

nlohmann::ordered_json to_json(const Evaluation& evaluation) {
  std::vector<std::string> modes;
  for (ActMode mode : evaluation.modes) modes.emplace_back(name_of(mode));
  nlohmann::ordered_json json = {{"env", evaluation.env},
                                 {"mujoco_version", evaluation.mujoco_version},
                                 {"env_versions", evaluation.env_versions},
                                 {"device", name_of(evaluation.device)},
                                 {"mode", modes.size() == 1 ? nlohmann::ordered_json(modes[0])
                                                            : nlohmann::ordered_json(modes)},
                                 {"modes", evaluation.has_memory ? modes : decltype(modes)()},
                                 {"steps_per_second", evaluation.steps_per_second},
                                 {"targets", nlohmann::ordered_json::array()}};
  if (evaluation.scale)
    json["scale"] = nlohmann::ordered_json::parse(scale_json(*evaluation.scale));
  json.erase(evaluation.env_versions.empty() ? "env_versions" : "mujoco_version");
  if (!evaluation.notes.empty()) json["notes"] = evaluation.notes;
  if (!evaluation.actions.empty()) json["actions"] = evaluation.actions;
  for (const TargetResult& result : evaluation.targets) {
    auto returns = nlohmann::ordered_json::array();
    for (const auto& value : result.all_returns) returns.push_back(number_or_null(value));
    json["targets"].push_back({{"mode", name_of(result.mode)},
                               {"target", number_or_null(result.target)},
                               {"episodes", result.episodes},
                               {"invalid", result.invalid},
                               {"return_mean", number_or_null(result.return_mean)},
                               {"return_std", number_or_null(result.return_std)},
                               {"score_mean", number_or_null(result.score_mean)},
                               {"score_std", number_or_null(result.score_std)},
                               {"length_mean", number_or_null(result.length_mean)},
                               {"returns", std::move(returns)},
                               {"lengths", result.lengths}});
    if (result.success_mean) json["targets"].back()["success_mean"] = *result.success_mean;
    if (const auto& scale = evaluation.scale) {
      const std::string score = scale->name + "_score_";
      json["targets"].back()[score + "mean"] =
          number_or_null(scaled_mean(*scale, result.return_mean));
      json["targets"].back()[score + "std"] = number_or_null(scaled_std(*scale, result.return_std));
    }
  }
  return json;
}

std::string to_text(const Evaluation& evaluation) {
  const std::string simulator = evaluation.env_versions.empty()
                                    ? "MuJoCo " + evaluation.mujoco_version
                                    : evaluation.env_versions;
  std::string text =
      fmt::format("{} ({}){}, {:.0f} environment steps a second\n", evaluation.env, simulator,
                  evaluation.device == Device::cuda ? ", policies on the GPU" : "",
                  evaluation.steps_per_second);
  const auto& scale = evaluation.scale;
  const bool says_success = std::ranges::any_of(
      evaluation.targets, [](const auto& result) { return result.success_mean.has_value(); });
  text += fmt::format("{:<8}{:>8}{:>10}{:>20}{:>18}{:>9}{}{}\n", "mode", "target", "episodes",
                      "return", "score", "length", says_success ? "   success" : "",
                      scale ? fmt::format("{:>20}", scale->name + " score") : "");
  const auto pair = [](const std::optional<double>& mean, const std::optional<double>& std) {
    return mean ? fmt::format("{:.1f} ± {:.1f}", *mean, *std) : std::string("-");
  };
  for (const TargetResult& result : evaluation.targets) {
    text += fmt::format(
        "{:<8}{:>8}{:>10}{:>20}{:>18}{:>9}{}{}\n",
        evaluation.has_memory ? name_of(result.mode) : "-",
        result.target ? fmt::format("{:g}", *result.target) : "-", result.episodes,
        pair(result.return_mean, result.return_std), pair(result.score_mean, result.score_std),
        result.length_mean ? fmt::format("{:.0f}", *result.length_mean) : "-",
        !says_success         ? ""
        : result.success_mean ? fmt::format("{:>8.1f} %", 100 * *result.success_mean)
                              : fmt::format("{:>10}", "-"),
        scale ? fmt::format("{:>20}", pair(scaled_mean(*scale, result.return_mean),
                                           scaled_std(*scale, result.return_std)))
              : "");
    if (result.invalid > 0) {
      text +=
          fmt::format("        {} episodes were invalid (the simulation broke) and not scored\n",
                      result.invalid);
    }
  }
  for (const std::string& note : evaluation.notes) text += "note: " + note + "\n";
  return text;
}

}  // namespace seqrl
