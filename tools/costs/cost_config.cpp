#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/backbones/registry.h"
#include "tools/costs/costs.h"

namespace seqrl::tools {
namespace {

constexpr std::int64_t kLongest = 1 << 20, kLargestBatch = 1 << 16;

bool all_in_range(const std::vector<std::int64_t>& values, std::int64_t most) {
  return std::ranges::all_of(values, [&](std::int64_t x) { return x >= 1 && x <= most; });
}

}  // namespace

std::vector<std::string> measurable_backbones() {
  std::vector<std::string> names = backbone_names();
  names.insert(names.end(), {"gru_stepwise", "lstm_stepwise"});
  return names;
}

void CostConfig::fields(Fields& field) {
  field("output", output, "folder for the figures and their data", file_path());
  field("device", device, "figures measure the CPU", one_of({"auto", "cpu", "cuda"}));
  field("backbones", backbones, "backbones to measure; [] = all that the figure compares");
  field("dim", dim, "size of a token", in_range(2, 1 << 14));
  field("layers", layers, "blocks of each backbone", in_range(1, 64));
  field("window", window, "number of tokens that a Transformer attends to; 0 = all",
        in_range(0, 1 << 24));
  field("lengths", lengths, "sequence or context lengths in tokens; [] = the figure's default");
  field("batches", batches, "batch sizes; [] = the figure's default");
  field.check(
      "lengths", [this] { return all_in_range(lengths, kLongest); }, "be from 1 to 1048576");
  field.check(
      "batches", [this] { return all_in_range(batches, kLargestBatch); }, "be from 1 to 65536");
  field.check(
      "backbones",
      [this] {
        const auto known = measurable_backbones();
        return std::ranges::all_of(backbones, [&](const std::string& name) {
          return std::ranges::find(known, name) != known.end();
        });
      },
      fmt::format("be of {}", fmt::join(measurable_backbones(), ", ")));
  field("seconds", seconds, "seconds per point, after one warm-up pass", positive());
  field("patience", patience, "end a curve after a point whose single pass takes this many seconds",
        positive());
  field("threads", threads, "worker threads; 0 = all processors", in_range(0, 1024));
}

}  // namespace seqrl::tools
