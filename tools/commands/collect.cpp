#include "tools/commands/collect.h"

#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "agents/policies/shipped_policies.h"
#include "configs/base/printable.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "configs/schema/scalars.h"
#include "tools/commands/agent_arguments.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/interrupt.h"
#include "tools/commands/output.h"
#include "tools/ranks/with_ranks.h"
#include "tools/work_display.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

// The path given for a key; "" if none.
std::string given_value(const std::vector<std::string>& settings, const std::string& key) {
  for (const std::string& text : settings) {
    if (text.starts_with(key + "=")) return home_expanded(text.substr(key.size() + 1));
  }
  return "";
}

// The config of the run or policy that acts, if one is named.
std::optional<RunConfig> acting_config(const std::vector<std::string>& settings) {
  const std::string replay = given_value(settings, "replay");
  const std::string name = replay.empty() ? given_value(settings, "policy") : replay;
  if (name.empty() || !(fs::exists(name) || is_shipped_policy(name))) return std::nullopt;
  return read_run_config(open_checkpoint(name));
}

// The environment to act in: that of the given config, else that of the run's or policy's training.
std::string take_collecting_env(std::vector<std::string>& settings,
                                const std::optional<RunConfig>& acting) {
  const bool named = !given_value(settings, "env").empty();
  if (named || !given_value(settings, "config").empty() || !acting)
    return take_env_config(settings);
  SEQRL_REQUIRE(acting->has_env(),
                "policy: it was trained from logs alone (env: none); give an environment with the "
                "same observations and actions: env=NAME");
  EnvConfig env_config;
  env_config.plugins = acting->plugins;
  env_config.env = acting->env;
  return print_config(env_config);
}

int run_on(Communicator& ranks, const std::vector<std::string>& settings) {
  std::string output;
  const auto stop = [&] { return interrupted() || ranks.stop_asked(); };
  const Collected collected = collect_as_told(settings, [&](const CollectConfig& config) {
    output = config.output;
    return with_progress("collect", stop,
                         [&](const auto& monitor) { return collect(config, monitor, ranks); });
  });
  const std::int64_t complete = collected.episodes - collected.cut;
  const std::string returns =
      complete == 0 ? "–"
                    : fmt::format("{:.1f} ± {:.1f}", collected.return_mean, collected.return_std);
  std::cout << fmt::format("{}: {} transitions, episodes: {} complete, {} cut, return {}\n",
                           printable(output), collected.transitions, complete, collected.cut,
                           returns);
  return 0;
}

int run_collect(const std::vector<std::string>& settings) {
  catch_interrupts();
  outlive_readers();
  return with_ranks(interrupted,
                    [&](Ranks& ranks) { return run_on(ranks.communicator(), settings); });
}

}  // namespace

Collected collect_as_told(std::vector<std::string> settings,
                          const std::function<Collected(const CollectConfig&)>& write) {
  std::vector<std::string> others =
      settings;  // still with plugins=[…], which the environment also needs
  load_given_plugins(others);
  accept_target(settings);
  const std::optional<RunConfig> acting = acting_config(settings);
  const std::string env_config = take_collecting_env(settings, acting);
  const auto config = read_config_text<CollectConfig>(env_config, "seqrl collect", settings);
  if (acting && acting->has_env() && title_of(acting->env) != title_of(config.env)) {
    print_note(fmt::format("{} was trained in {} and acts in {} here", one_line(config.policy),
                           title_of(acting->env), title_of(config.env)));
  }
  return write(config);
}

Command collect_command() {
  struct Arguments {
    std::vector<std::string> settings;
    std::string format;
  };
  const auto given = std::make_shared<Arguments>();
  const auto run = [given] {
    std::vector<std::string> settings = given->settings;
    if (!given->format.empty()) settings.push_back("format=" + given->format);
    return run_collect(settings);
  };
  return {
      .name = "collect",
      .help = "write a dataset from a policy's episodes, or from a run's replay buffer",
      .arguments =
          {required("key=value", &given->settings,
                    "env=hopper policy=expert transitions=100000 output=FILE.hdf5; also "
                    "config=FILE (to use that run's env) replay=RUN checkpoint=best targets=3600 "
                    "deterministic=true seed=0 threads=0 format=minari overwrite=true; policies: "
                    "random, medium, expert, medium-expert, or a run, a checkpoint or a shipped "
                    "policy such as hopper-expert, which need no env="),
           {"--format", &given->format, "d4rl or minari; the same as format=…", "TEXT"}},
      .examples = {"seqrl collect env=hopper policy=medium transitions=100000 "
                   "output=hopper-medium.hdf5",
                   "seqrl collect config=runs/hopper-sac-1 replay=runs/hopper-sac-1 "
                   "output=replay.hdf5"},
      .run = run,
  };
}

}  // namespace seqrl::tools
