#include "agents/datasets/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "agents/datasets/flat_space.h"
#include "agents/datasets/notes.h"
#include "agents/datasets/scan.h"
#include "configs/base/error.h"
#include "configs/base/memory.h"
#include "configs/base/printable.h"
#include "configs/base/statistics.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

Distribution scores_of(const Distribution& returns, const ReferenceReturns& reference) {
  const auto score = [&](double value) { return reference.normalized(value); };
  return {score(returns.min),    score(returns.first_quartile),
          score(returns.median), score(returns.third_quartile),
          score(returns.max),    score(returns.mean)};
}

nlohmann::json to_json(const Distribution& values) {
  return {{"min", values.min},       {"first_quartile", values.first_quartile},
          {"median", values.median}, {"third_quartile", values.third_quartile},
          {"max", values.max},       {"mean", values.mean}};
}

std::string row(std::string_view name, const Distribution& values, int digits) {
  return fmt::format("{:<14}{:>10.{}f}{:>10.{}f}{:>10.{}f}{:>10.{}f}{:>10.{}f}{:>10.{}f}\n", name,
                     values.min, digits, values.first_quartile, digits, values.median, digits,
                     values.third_quartile, digits, values.max, digits, values.mean, digits);
}

std::string env_text(const DatasetSource& source) {
  if (source.env.empty()) return "unknown";
  return source.env + (source.stated_env.empty() ? ", going by its name" : "");
}

}  // namespace

Distribution Distribution::of(std::vector<double> values) {
  SEQRL_CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double q) { return sorted_quantile(values, q); };
  return {values.front(), quantile(0.25), quantile(0.5),
          quantile(0.75), values.back(),  mean_of(values)};
}

DatasetSummary summarize(const Trajectories& data) {
  DatasetSummary summary;
  summary.source = data.source();
  summary.episodes = std::ssize(data.episodes());
  summary.transitions = data.transitions();
  summary.observation_dim = data.observation_dim();
  summary.action_dim = data.action_dim();
  for (const Episode& episode : data.episodes()) {
    summary.terminated += episode.end == EndKind::terminated;
    summary.timeouts += episode.end == EndKind::timeout;
    summary.cut += episode.end == EndKind::cut;
  }
  // A cut episode is not informative about returns and lengths; they are used only if none is
  // complete.
  const bool any_complete = summary.cut < summary.episodes;
  std::vector<double> lengths, returns;
  for (std::size_t i = 0; i < data.episodes().size(); ++i) {
    const Episode& episode = data.episodes()[i];
    if (any_complete && episode.end == EndKind::cut) continue;
    lengths.push_back(static_cast<double>(episode.length));
    returns.push_back(data.returns()[i]);
  }
  summary.lengths = Distribution::of(std::move(lengths));
  summary.returns = Distribution::of(std::move(returns));
  if (const auto& reference = summary.source.reference) {
    summary.scores = scores_of(summary.returns, *reference);
  }
  const ActionRange actions = action_range(data);
  summary.action_min = std::ranges::min(actions.low);
  summary.action_max = std::ranges::max(actions.high);
  summary.fingerprint = data.fingerprint_of_complete();
  summary.source.notes = dataset_notes(data, env_of_data(data).get());
  return summary;
}

std::string fingerprint_text(std::uint64_t fingerprint) {
  return fmt::format("{:016x}", fingerprint);
}

std::string to_text(const DatasetSummary& summary) {
  std::string text;
  const auto line = [&](std::string_view name, const std::string& value) {
    fmt::format_to(std::back_inserter(text), "{:<14}{}\n", name, printable(value));
  };
  line("dataset", summary.source.path);
  for (const DatasetPart& part : summary.source.parts) {
    line("  part", fmt::format("{}: {} episodes, {} transitions, weight {:g}", part.path,
                               grouped(part.episodes), grouped(part.transitions), part.weight));
  }
  if (!summary.source.id.empty()) line("identifier", summary.source.id);
  line("layout", summary.source.layout);
  line("environment", env_text(summary.source));
  line("transitions", grouped(summary.transitions));
  line("episodes",
       fmt::format("{} ({} terminated, {} timed out, {} cut)", grouped(summary.episodes),
                   summary.terminated, summary.timeouts, summary.cut));
  const std::string& layout = summary.source.observation_layout;
  line("observations", layout.empty()
                           ? fmt::format("{} dimensions", summary.observation_dim)
                           : fmt::format("{} = {}", summary.observation_dim, layout_text(layout)));
  const int choices = summary.source.action_choices;
  line("actions", choices > 0 ? fmt::format("discrete, {} choices", choices)
                              : fmt::format("{} dimensions, {:.4g} to {:.4g}", summary.action_dim,
                                            summary.action_min, summary.action_max));
  line("fingerprint", fingerprint_text(summary.fingerprint));
  for (const PreparedCopy& copy : summary.prepared) {
    line("prepared",
         fmt::format("{} in {}{}", shown_bytes(static_cast<double>(copy.bytes)), copy.path.string(),
                     copy.problem.empty() ? "" : ", which " + copy.problem));
  }
  fmt::format_to(std::back_inserter(text), "\n{:<14}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "",
                 "min", "25 %", "median", "75 %", "max", "mean");
  text += row("return", summary.returns, 1);
  if (summary.scores) text += row("score", *summary.scores, 2);
  text += row("length", summary.lengths, 0);
  if (summary.cut > 0 && summary.cut < summary.episodes) {
    fmt::format_to(std::back_inserter(text), "of the {} complete episodes\n",
                   grouped(summary.episodes - summary.cut));
  }
  if (summary.scores) text += "\nscore: D4RL's, 0 a random policy, 100 an expert\n";
  if (const auto& own = summary.source.own_reference) {
    fmt::format_to(
        std::back_inserter(text),
        "Minari's scale, by the dataset's reference returns, {:.6g} to {:.6g}: its mean scores "
        "{:.2f}\n",
        own->random, own->expert, own->normalized(summary.returns.mean));
  }
  for (const std::string& note : summary.source.notes) text += "note: " + printable(note) + "\n";
  return text;
}

nlohmann::json to_json(const DatasetSummary& summary) {
  nlohmann::json json = {
      {"dataset", summary.source.path},
      {"layout", summary.source.layout},
      {"env", summary.source.env.empty() ? nlohmann::json() : nlohmann::json(summary.source.env)},
      {"transitions", summary.transitions},
      {"episodes", summary.episodes},
      {"ends",
       {{"terminated", summary.terminated}, {"timeout", summary.timeouts}, {"cut", summary.cut}}},
      {"observation_dim", summary.observation_dim},
      {"action_dim", summary.action_dim},
      {"action_range", {summary.action_min, summary.action_max}},
      {"returns", to_json(summary.returns)},
      {"scores", summary.scores ? to_json(*summary.scores) : nlohmann::json()},
      {"lengths", to_json(summary.lengths)},
      {"fingerprint", fingerprint_text(summary.fingerprint)},
      {"notes", summary.source.notes},
  };
  if (!summary.source.id.empty()) json["id"] = summary.source.id;
  if (summary.source.action_choices > 0) json["action_choices"] = summary.source.action_choices;
  for (const DatasetPart& part : summary.source.parts) {
    json["parts"].push_back({{"dataset", part.path},
                             {"episodes", part.episodes},
                             {"transitions", part.transitions},
                             {"weight", part.weight}});
  }
  json["prepared"] = nlohmann::json::array();
  for (const PreparedCopy& copy : summary.prepared) {
    json["prepared"].push_back(
        {{"file", copy.path.string()}, {"bytes", copy.bytes}, {"problem", copy.problem}});
  }
  if (!summary.source.observation_layout.empty()) {
    json["observation_layout"] = summary.source.observation_layout;
  }
  if (const auto& own = summary.source.own_reference) {
    json["own_reference"] = {{"min", own->random}, {"max", own->expert}};
  }
  return json;
}

}  // namespace seqrl
