#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "configs/base/json.h"
#include "configs/base/text.h"
#include "tools/bench/bench.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"

namespace seqrl::tools {
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

Command bench_command() {
  const auto given = std::make_shared<BenchCommand>();
  return {
      .name = "bench",
      .help = "measure speed beside the hardware's ceiling",
      .arguments = {required("WHAT", &given->what, one_of_names(bench_names())),
                    {"key=value", &given->overrides,
                     "settings as key=value, such as backbone=mamba training.steps=5000"},
                    {"--json", &given->json, kJsonHelp}},
      .examples = {"seqrl bench train backbone=mamba",
                   "seqrl bench eval checkpoint=runs/hopper-min_gru-1"},
      .run = [given] { return run_bench(*given); },
  };
}

}  // namespace seqrl::tools
