#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "agents/collection/collector.h"
#include "configs/config.h"
#include "tools/commands/commands.h"

namespace seqrl {
namespace {

int run_collect(std::vector<std::string> settings) {
  std::vector<std::string> others = settings;  // which keep plugins=[…]: they are the world's too
  load_given_plugins(others);
  const std::string world = take_world(settings);
  const auto config = read_config_text<CollectConfig>(world, "seqrl collect", settings);
  catch_interrupts();
  const Collected collected = collect(config, interrupted);
  const std::int64_t complete = collected.episodes - collected.cut;
  const std::string returns =
      complete == 0 ? "–"
                    : fmt::format("{:.1f} ± {:.1f}", collected.return_mean, collected.return_std);
  std::cout << fmt::format("{}: {} transitions, episodes: {} complete, {} cut, return {}\n",
                           config.output, collected.transitions, complete, collected.cut, returns);
  return 0;
}

}  // namespace

Command add_collect(CLI::App& program) {
  struct Arguments {
    std::vector<std::string> settings;
    std::string format;
  };
  const auto given = std::make_shared<Arguments>();
  CLI::App* app =
      program.add_subcommand("collect", "write a dataset of what a policy does, or a run lived");
  app->add_option("key=value", given->settings,
                  "env=hopper policy=expert transitions=100000 output=FILE.hdf5, also config=FILE "
                  "(in that run's env) replay=RUN deterministic=true seed=0 threads=0 "
                  "format=minari overwrite=true; policies: random, medium, "
                  "expert, medium-expert, or a run's or checkpoint's path")
      ->required();
  app->add_option("--format", given->format, "d4rl or minari, as format=…");
  return {app, [given] {
            std::vector<std::string> settings = given->settings;
            if (!given->format.empty()) settings.push_back("format=" + given->format);
            return run_collect(settings);
          }};
}

}  // namespace seqrl
