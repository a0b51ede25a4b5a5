#include "agents/offline/data_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>
#include <variant>

#include "agents/datasets/data_env.h"
#include "agents/datasets/dynamics.h"
#include "agents/datasets/flat_space.h"
#include "agents/datasets/notes.h"
#include "agents/datasets/scan.h"
#include "agents/datasets/summary.h"
#include "configs/base/error.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

std::string mismatch_text(const RunConfig& config, const Trajectories& data) {
  if (data.source().stated_env.empty()) {
    const std::string other = other_env_by_steps(data, config.env.kind());
    if (other.empty()) return "";
    return fmt::format("{} appears to be data of {}, judging by its steps, but env is {}",
                       data.source().path, other, title_of(config.env));
  }
  const std::string mismatch = env_mismatch(data.source(), config.env);
  if (mismatch.empty()) return "";
  return fmt::format("{} names {} as its environment, but env is {}: {}", data.source().path,
                     shown(data.source().stated_env), title_of(config.env), mismatch);
}

// How env flattens observations with parts, or "" if unknown.
std::string layout_of(EnvSection env) {
  const Fields fields = env.fields();
  const Field* field = fields.find("layout");
  if (field == nullptr) return "";
  const auto* const* layout = std::get_if<std::optional<std::string>*>(&field->value);
  return layout != nullptr && *layout != nullptr ? (*layout)->value_or("") : "";
}

double to_four_digits(double value) {
  return std::strtod(fmt::format("{:.4g}", value).c_str(), nullptr);
}

}  // namespace

void require_fit(const RunConfig& config, const Trajectories& data, const Env& env) {
  SEQRL_REQUIRE(
      env.observation_space().dim() == data.observation_dim() &&
          env.action_space().dim() == data.action_dim(),
      "{}: observations of {} numbers and actions of {}, but {} has {} and {}; set env to the "
      "dataset's own environment: if it is not built in, describe it (env: {{kind: mjcf, model: "
      "FILE.xml, …}}; seqrl help config) or provide it with plugins: [LIBRARY.so]",
      data.source().path, data.observation_dim(), data.action_dim(), title_of(config.env),
      env.observation_space().dim(), env.action_space().dim());
  require_layout("in " + data.source().path, data.source().observation_layout, config.env);
  const std::string mismatch = mismatch_text(config, data);
  SEQRL_REQUIRE(mismatch.empty() || config.dataset.env_mismatch == "allow",
                "{}; set env to the data's environment, or dataset.env_mismatch=allow to train and "
                "score in env anyway",
                mismatch);
  const auto overlong = overlong_episode(data, env);
  SEQRL_REQUIRE(!overlong || config.dataset.long_episodes == "keep",
                "{}: {}; dataset.long_episodes=split ends them there, dataset.long_episodes=keep "
                "trains on them as they are",
                data.source().path, *overlong);
}

void require_layout(const std::string& dataset, const std::string& layout, const EnvSection& env) {
  const std::string here = layout_of(env);
  SEQRL_REQUIRE(layout.empty() || here.empty() || layout == here,
                "{} observations are {}, but those of {} are {}: the parts or their order differ; "
                "a wrapper can change that, env.wrappers=[…]",
                dataset, layout_text(layout), title_of(env), layout_text(here));
}

std::string layout_of_facts(const std::string& facts) {
  const nlohmann::json json = nlohmann::json::parse(facts, nullptr, false);
  const nlohmann::json layout =
      json.is_object() ? json.value("observation_layout", nlohmann::json()) : nlohmann::json();
  return layout.is_string() ? layout.get<std::string>() : "";
}

std::vector<std::string> fit_notes(const RunConfig& config, const Trajectories& data,
                                   const Env* env) {
  std::vector<std::string> notes = dataset_notes(data, env);
  for (std::string& note : notes) note = "dataset: " + note;
  if (env == nullptr) return notes;
  for (const std::string& note :
       {mismatch_text(config, data), env_note(data.source(), config.env)}) {
    if (!note.empty()) notes.push_back(note);
  }
  return notes;
}

std::vector<double> usual_targets(const Trajectories& data) {
  const Distribution returns = Distribution::of({data.returns().begin(), data.returns().end()});
  const double best = to_four_digits(returns.max), median = to_four_digits(returns.median);
  return best == median ? std::vector{best} : std::vector{best, median};
}

std::string return_scale_note(const Trajectories& data, double return_scale) {
  constexpr double kSmallest = 0.4, kLargest = 40;  // limits of the largest scaled return-to-go
  const auto largest = static_cast<double>(largest_return_to_go(data));
  const double scaled = largest / return_scale;
  if (largest == 0 || (scaled >= kSmallest && scaled <= kLargest)) return "";
  return fmt::format(
      "agent.return_scale is {:g}, and the data's largest return-to-go is {:.4g}: divided, it is "
      "{:.3g}, {}; perhaps agent.return_scale={:g}",
      return_scale, largest, scaled,
      scaled < kSmallest ? "too small for the target to have an effect"
                         : "too large for a network to learn from",
      std::pow(10, std::floor(std::log10(largest))));
}

}  // namespace seqrl
