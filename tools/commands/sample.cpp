#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agents/policies/shipped_policies.h"
#include "agents/tasks/trained_model.h"
#include "configs/base/error.h"
#include "configs/schema/config.h"
#include "models/tasks/character_sampler.h"
#include "tools/commands/agent_arguments.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/interrupt.h"

namespace seqrl::tools {
namespace {

struct SampleConfig : SamplingOptions {
  std::string prompt = "\n";
  std::int64_t characters = 500;

  void fields(Fields& field) {
    field("prompt", prompt, "text to begin with", not_empty());
    field("characters", characters,
          "number of characters to write after the prompt; 0 = until Ctrl-C", in_range(0, 1e15));
    field("temperature", temperature, "sampling temperature; 0 = always the most likely character",
          at_least(0));
    field("top_k", top_k, "sample from the k most likely characters; 0 = from all",
          in_range(0, 1 << 24));
    field("seed", seed, "seed of the samples");
  }
};

// A prompt is taken literally: as YAML, "ROMEO:" would be a map.
SampleConfig read_settings(std::vector<std::string> settings) {
  const std::string key = "prompt=";
  for (std::string& setting : settings) {
    if (!setting.starts_with(key)) continue;
    const nlohmann::json prompt = setting.substr(key.size());
    setting = key + prompt.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  return read_config_text<SampleConfig>("{}", "seqrl sample", settings);
}

int run_sample(const std::string& path, std::vector<std::string> settings) {
  load_given_plugins(settings);
  const CheckpointChoice choice = take_checkpoint(settings);
  const SampleConfig config = read_settings(settings);
  catch_interrupts();
  const CharacterModel model = load_character_model(open_checkpoint(path, choice));
  const PackedWeights weights(*model.parameters, false);
  CharacterSampler sampler(*model.model, model.vocabulary, weights, config.prompt, config);
  std::cout << config.prompt << std::flush;
  const auto ends = [&](std::int64_t written) {
    return interrupted() || !std::cout || (config.characters > 0 && written == config.characters);
  };
  for (std::int64_t i = 0; !ends(i); ++i) std::cout << sampler.next() << std::flush;
  std::cout << "\n";
  return 0;
}

}  // namespace

Command sample_command() {
  const auto given = std::make_shared<PathAndSettings>();
  return {
      .name = "sample",
      .help = "generate text with a character-level run",
      .arguments = {required("RUN|CHECKPOINT", &given->path),
                    {"key=value", &given->settings,
                     "prompt=TEXT characters=500 (0: until ctrl-C) temperature=1 top_k=0 seed=1 "
                     "checkpoint=best, " +
                         std::string(kPluginsHelp)}},
      .examples = {"seqrl sample runs/shakespeare-min_gru-1 prompt=ROMEO: characters=200"},
      .run = [given] { return run_sample(given->path, given->settings); },
  };
}

}  // namespace seqrl::tools
