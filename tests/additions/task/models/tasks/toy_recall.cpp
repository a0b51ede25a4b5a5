#include "models/tasks/toy_recall.h"

namespace seqrl {
namespace {

constexpr std::int64_t kSymbols = 4;

}  // namespace

void ToyRecallConfig::fields(Fields& field) {
  TaskConfig::fields(field);
  field("length", length, "tokens", in_range(2, 1 << 20));
}

ToyRecall::ToyRecall(const ToyRecallConfig& config, std::uint64_t seed)
    : GeneratedTask({.symbols = kSymbols, .classes = kSymbols}, seed, 64), config_(config) {}

void ToyRecall::generate(Random& random, Split, Example& example) const {
  const auto draw = [&] { return static_cast<std::int32_t>(random.below(kSymbols)); };
  const std::int32_t first = draw();
  example.add(first);
  for (std::int64_t t = 2; t < config_.length; ++t) example.add(draw());
  example.add(draw(), first);
}

}  // namespace seqrl
