#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <utility>

#include "configs/base/json.h"
#include "configs/base/text.h"
#include "tools/bench/bench.h"
#include "tools/commands/commands.h"

namespace seqrl {
namespace {

struct BenchCommand {
  std::string what;
  std::vector<std::string> overrides;
  bool json = false;
};

using Benchmark = nlohmann::ordered_json (*)(const bench::Settings&);

constexpr std::pair<const char*, Benchmark> kBenchmarks[] = {
    {"train", bench::bench_train},       {"act", bench::bench_act},   {"eval", bench::bench_eval},
    {"env", bench::bench_env},           {"load", bench::bench_load}, {"gemm", bench::bench_gemm},
    {"hardware", bench::bench_hardware},
};

std::string cell(const nlohmann::ordered_json& value) {
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::vector<std::string> bench_names() {
  std::vector<std::string> names;
  for (const auto& [name, benchmark] : kBenchmarks) names.emplace_back(name);
  return names;
}

int run_bench(const BenchCommand& command) {
  for (const auto& [name, benchmark] : kBenchmarks) {
    if (command.what != name) continue;
    const nlohmann::ordered_json result = benchmark(command.overrides);
    if (command.json) {
      std::cout << indented(result);
      return 0;
    }
    for (const auto& [key, value] : result.items()) {
      if (!value.is_array()) {
        std::cout << fmt::format("{:<32}{}\n", key, cell(value));
        continue;
      }
      std::cout << key << "\n";
      for (const auto& row : value) {
        for (const auto& [column, entry] : row.items()) {
          std::cout << fmt::format("  {} {}", column, cell(entry));
        }
        std::cout << "\n";
      }
    }
    return 0;
  }
  reject("no benchmark '{}'{}", command.what, suggestion(command.what, bench_names()));
}

}  // namespace

Command add_bench(CLI::App& program) {
  const auto command = std::make_shared<BenchCommand>();
  CLI::App* app = program.add_subcommand("bench", "measure speed beside the hardware's ceiling");
  app->add_option("WHAT", command->what, fmt::format("one of {}", fmt::join(bench_names(), ", ")))
      ->required();
  app->add_option("key=value", command->overrides,
                  "settings as key=value, such as backbone=mamba training.steps=5000");
  app->add_flag("--json", command->json, kJsonHelp);
  return {app, [command] { return run_bench(*command); }};
}

}  // namespace seqrl
