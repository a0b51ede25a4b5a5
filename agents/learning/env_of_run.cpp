#include "agents/learning/env_of_run.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "agents/datasets/env_choice.h"
#include "agents/datasets/load.h"
#include "agents/datasets/minari.h"

namespace seqrl {
namespace {

void choose(RunConfig& config, const DatasetSource& source, std::int64_t observation_dim,
            std::vector<std::string>& notes) {
  if (config.env.kind() != RunConfig::kOfData) return;
  const auto& given = config.env.as<DataEnvOptions>();
  const bool trusted = given.trusted;
  EnvChoice choice = env_of_data(source, observation_dim, given.python);
  if (choice.env) {
    config.env = std::move(*choice.env);
    config.env.set_trusted(trusted);  // the data states no code; the Python is the config's
    notes.push_back(fmt::format("env is {}, {}", title_of(config.env), choice.reason));
  } else {
    config.env.choose(RunConfig::kNone);
    notes.push_back(fmt::format("env is none: {}", choice.reason));
  }
}

}  // namespace

void choose_env(RunConfig& config, std::vector<std::string>& notes) {
  if (!learns_from_data(config) || config.dataset.path.empty()) return;
  const bool is_asked = config.env.kind() == RunConfig::kOfData;
  const std::vector<std::string>& paths = config.dataset.path.all();
  if (!is_asked && std::ranges::none_of(paths, [](const std::string& path) {
        return find_minari(path).has_value();
      })) {
    return;
  }
  // The first of several datasets; the others are checked against it when they are read.
  std::optional<DatasetHeader> first;
  std::vector<std::string> ids;
  for (const std::string& path : paths) {
    const auto header = read_dataset_header(path);
    if (!header) return;
    if (!header->source.id.empty()) ids.push_back(header->source.id);
    if (!first) first = header;
  }
  config.dataset.id = ids.size() == paths.size() ? fmt::format("{}", fmt::join(ids, "+")) : "";
  choose(config, first->source, first->observation_dim, notes);
}

void choose_env(RunConfig& config, const Trajectories& data, std::vector<std::string>& notes) {
  config.dataset.id = data.source().id;
  choose(config, data.source(), data.observation_dim(), notes);
}

}  // namespace seqrl
