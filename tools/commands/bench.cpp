#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "configs/base/json.h"
#include "configs/base/text.h"
#include "tools/bench/bench.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/ranks/with_ranks.h"

namespace seqrl::tools {
namespace {

struct BenchCommand {
  std::string what;
  std::vector<std::string> overrides;
  bool json = false, profile = false;
};

using Benchmark = nlohmann::ordered_json (*)(const bench::Settings&);

nlohmann::ordered_json bench_scale(const bench::Settings& settings) {
  nlohmann::ordered_json result;
  with_ranks([] { return false; },
             [&](Ranks& ranks) {
               result = bench::bench_scale(settings, ranks.communicator());
               if (!ranks.communicator().is_first()) result = nullptr;  // the first prints it
               return 0;
             });
  return result;
}

constexpr std::pair<const char*, Benchmark> kBenchmarks[] = {
    {"train", bench::bench_train}, {"scale", bench_scale},
    {"act", bench::bench_act},     {"eval", bench::bench_eval},
    {"env", bench::bench_env},     {"load", bench::bench_load},
    {"gemm", bench::bench_gemm},   {"hardware", bench::bench_hardware},
};

std::string cell(const nlohmann::ordered_json& value) {
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// Rows with the same keys: the keys as the heading, then one line per row.
void print_rows(const nlohmann::ordered_json& rows) {
  const auto print = [](const std::string& first, const std::string& text) {
    std::cout << (text == first ? fmt::format("  {:<26}", text) : fmt::format("{:>14}", text));
  };
  for (const auto& [key, value] : rows.front().items()) print(rows.front().begin().key(), key);
  std::cout << "\n";
  for (const auto& row : rows) {
    const std::string first = cell(row.front());
    for (const auto& [key, value] : row.items()) print(first, cell(value));
    std::cout << "\n";
  }
}

void print(const nlohmann::ordered_json& result) {
  std::size_t width = 30;
  for (const auto& [key, value] : result.items()) width = std::max(width, key.size());
  for (const auto& [key, value] : result.items()) {
    if (value.is_array() && !value.empty()) {
      std::cout << key << "\n";
      print_rows(value);
    } else {
      std::cout << fmt::format("{:<{}}  {}\n", key, width, cell(value));
    }
  }
}

Benchmark find_benchmark(const BenchCommand& command) {
  if (command.profile && command.what != "train") {
    reject("--profile shows a training step's ops: seqrl bench train --profile");
  }
  if (command.profile) return bench::bench_train_profile;
  for (const auto& [name, benchmark] : kBenchmarks) {
    if (command.what == name) return benchmark;
  }
  reject("unknown benchmark '{}'{}", command.what, suggestion(command.what, names_in(kBenchmarks)));
}

int run_bench(const BenchCommand& command) {
  const nlohmann::ordered_json result = find_benchmark(command)(command.overrides);
  if (result.is_null()) return 0;
  if (command.json) {
    std::cout << indented(result);
  } else {
    print(result);
  }
  return 0;
}

}  // namespace

Command bench_command() {
  const auto given = std::make_shared<BenchCommand>();
  return {
      .name = "bench",
      .help = "measure speed relative to the hardware's ceiling",
      .arguments = {required("WHAT", &given->what, one_of_names(names_in(kBenchmarks))),
                    {"key=value", &given->overrides,
                     "settings such as backbone=mamba training.steps=5000"},
                    {"--profile", &given->profile,
                     "for `train`: also print the time of a step by op, on one thread"},
                    {"--json", &given->json, kJsonHelp}},
      .examples = {"seqrl bench train backbone=mamba --profile",
                   "seqrl bench eval checkpoint=runs/hopper-min_gru-1",
                   "mpirun -np 2 seqrl bench scale backbone=transformer"},
      .run = [given] { return run_bench(*given); },
  };
}

}  // namespace seqrl::tools
