#include "models/tasks/selective_copy.h"

namespace seqrl {

void SelectiveCopyConfig::fields(Fields& field) {
  TaskConfig::fields(field);
  field("length", length, "number of data and noise tokens, before the markers",
        in_range(1, 1 << 20));
  field("data", data, "number of tokens to copy", in_range(1, 1 << 16));
  field("symbols", symbols, "size of the alphabet, including noise and marker",
        in_range(3, 1 << 16));
  field("evaluation_examples", evaluation_examples, "number of evaluation examples",
        in_range(1, 1 << 24));
  field.check(
      "data", [this] { return data <= length; }, "not be above length");
}

SelectiveCopy::SelectiveCopy(const SelectiveCopyConfig& config, std::uint64_t seed)
    : GeneratedTask({.symbols = config.symbols, .classes = config.symbols}, seed,
                    config.evaluation_examples),
      config_(config) {}

void SelectiveCopy::generate(Random& random, Split, Example& example) const {
  constexpr std::int32_t kNoise = 0;
  const auto marker = static_cast<std::int32_t>(config_.symbols - 1);
  std::vector<std::int32_t> data(static_cast<std::size_t>(config_.data));
  for (std::int32_t& token : data) {
    token = 1 + static_cast<std::int32_t>(
                    random.below(static_cast<std::uint64_t>(config_.symbols - 2)));
  }
  // Every set of positions is equally likely: a position is taken with the probability
  // missing / remaining positions (Knuth's selection sampling).
  std::size_t copied = 0;
  for (std::int64_t t = 0; t < config_.length; ++t) {
    const std::size_t missing = data.size() - copied;
    const bool takes = random.below(static_cast<std::uint64_t>(config_.length - t)) < missing;
    example.add(takes ? data[copied++] : kNoise);
  }
  for (const std::int32_t token : data) example.add(marker, token);
}

}  // namespace seqrl
