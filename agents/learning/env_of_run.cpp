#include "agents/learning/env_of_run.h"

#include <fmt/format.h>

#include <utility>

#include "agents/datasets/env_choice.h"
#include "agents/datasets/load.h"
#include "agents/datasets/minari.h"

namespace seqrl {
namespace {

void choose(RunConfig& config, const DatasetSource& source, std::int64_t observation_dim,
            std::vector<std::string>& notes) {
  config.dataset.id = source.id;
  if (config.env.kind() != RunConfig::kOfData) return;
  const std::string python = config.env.as<DataEnvOptions>().python;
  EnvChoice choice = env_of_data(source, observation_dim, python);
  if (choice.env) {
    config.env = std::move(*choice.env);
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
  if (!is_asked && !find_minari(config.dataset.path)) return;
  const auto header = read_dataset_header(config.dataset.path);
  if (header) choose(config, header->source, header->observation_dim, notes);
}

void choose_env(RunConfig& config, const Trajectories& data, std::vector<std::string>& notes) {
  choose(config, data.source(), data.observation_dim(), notes);
}

}  // namespace seqrl
