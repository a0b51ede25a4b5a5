#include "tools/commands/agent_arguments.h"

#include <algorithm>
#include <iterator>

#include "configs/schema/config.h"

namespace seqrl::tools {

CheckpointChoice take_checkpoint(std::vector<std::string>& settings) {
  struct Chosen {
    std::string checkpoint;
    void fields(Fields& field) {
      field("checkpoint", checkpoint, "checkpoint of a run", one_of({"last", "best"}));
    }
  };
  const auto is_choice = [](const std::string& text) { return text.starts_with("checkpoint="); };
  std::vector<std::string> given;
  std::ranges::copy_if(settings, std::back_inserter(given), is_choice);
  std::erase_if(settings, is_choice);
  return checkpoint_choice(read_config_text<Chosen>("{}", "seqrl", given).checkpoint);
}

RunConfig config_with(const TrainedAgent& trained, const std::string& path,
                      const std::vector<std::string>& overrides) {
  auto config = read_config_text<RunConfig>(print_config(trained.config), path, overrides);
  const bool other_env = trained.config.has_env() && config.env.kind() != trained.config.env.kind();
  const bool gives_targets = std::ranges::any_of(
      overrides, [](const std::string& text) { return text.starts_with("evaluation.targets="); });
  // Another environment's usual targets, if it has some, replace the run's.
  const bool has_own = !standard_targets(config.env.kind()).empty();
  if (other_env && has_own && !gives_targets) config.evaluation.targets.clear();
  config.resolve();
  return config;
}

EvaluationOptions take_evaluation(const TrainedAgent& trained, const std::string& path,
                                  std::vector<std::string>& settings) {
  const auto of_env = [](const std::string& text) {
    return text.starts_with("env=") || text.starts_with("env.");
  };
  std::vector<std::string> given;
  std::ranges::copy_if(settings, std::back_inserter(given), of_env);
  std::erase_if(settings, of_env);
  return evaluation_options(config_with(trained, path, given));
}

void accept_target(std::vector<std::string>& settings) {
  const std::string alias = "target=";
  for (std::string& text : settings) {
    if (text.starts_with(alias)) text = "targets=" + text.substr(alias.size());
  }
}

}  // namespace seqrl::tools
