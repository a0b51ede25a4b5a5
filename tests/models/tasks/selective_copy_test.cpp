#include "models/tasks/selective_copy.h"

#include <cmath>

#include "tests/catch.h"
#include "tests/models/tasks/written.h"

using namespace seqrl;

namespace {

SelectiveCopyConfig small_copy() {
  SelectiveCopyConfig config;
  config.length = 40;
  config.data = 5;
  config.symbols = 7;
  config.evaluation_examples = 300;
  return config;
}

}  // namespace

TEST_CASE("selective copying's answer is its input without the noise") {
  const SelectiveCopy task(small_copy(), 1);
  for (const auto& examples : {training_examples(task, 300), evaluation_examples(task)}) {
    for (const Written& example : examples) {
      REQUIRE(example.tokens().size() == 45);
      std::vector<std::int32_t> data;
      for (std::size_t t = 0; t < 40; ++t) {
        if (example.tokens()[t] != 0) data.push_back(example.tokens()[t]);
        CHECK(example.targets[t] == kNoTarget);
      }
      CHECK(data.size() == 5);
      CHECK(example.answers() == data);
      for (const std::int32_t token : data) CHECK((token >= 1 && token <= 5));
      for (std::size_t t = 40; t < 45; ++t) CHECK(example.tokens()[t] == 6);
    }
  }
}

TEST_CASE("data tokens and their positions are uniformly distributed") {
  const SelectiveCopy task(small_copy(), 3);
  const int draws = 8000;
  std::vector<int> at(40), of(7);
  for (const Written& example : training_examples(task, draws)) {
    for (std::size_t t = 0; t < 40; ++t) {
      at[t] += example.tokens()[t] != 0;
      ++of[static_cast<std::size_t>(example.tokens()[t])];
    }
  }
  // Five standard deviations of a binomial.
  for (const int count : at) CHECK(std::abs(count - draws / 8.0) < 5 * std::sqrt(draws * 7 / 64.0));
  for (std::size_t token = 1; token <= 5; ++token) {
    CHECK(std::abs(of[token] - draws) < 5 * std::sqrt(draws * 0.8));
  }
}

TEST_CASE("examples without noise and with a single token are valid") {
  SelectiveCopyConfig config = small_copy();
  config.length = config.data;
  for (const Written& example : training_examples(SelectiveCopy(config, 1), 20)) {
    CHECK(example.answers() ==
          std::vector(example.tokens().begin(), example.tokens().begin() + config.data));
  }
  config.length = config.data = 1;
  CHECK(training_examples(SelectiveCopy(config, 1), 1)[0].answers().size() == 1);
}
