#include "models/tasks/formal_languages.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "tests/catch.h"
#include "tests/models/tasks/written.h"

using namespace seqrl;

namespace {

using Tokens = std::vector<std::int32_t>;

// The naive answer to a string, for each question that follows it.
using Oracle = std::function<Tokens(const Tokens& text)>;

// Checks lengths, buckets, the asking token and every answer of a task.
void check(const FormalLanguage& task, const FormalLanguageConfig& config, std::int32_t question,
           const Oracle& oracle) {
  const auto check_all = [&](const std::vector<Written>& examples, std::int64_t low,
                             std::int64_t high) {
    std::map<std::size_t, int> lengths;
    for (const Written& example : examples) {
      const auto end = std::ranges::find(example.tokens(), question);
      const Tokens text(example.tokens().begin(), end);
      const Tokens expected = oracle(text);
      CHECK(example.answers() == expected);
      CHECK(example.tokens().size() == text.size() + expected.size());
      for (std::size_t t = 0; t < text.size(); ++t) CHECK(example.targets[t] == kNoTarget);
      for (const std::int32_t answer : expected) CHECK(answer < task.shape().classes);
      CHECK(std::ranges::max(example.tokens()) < task.shape().symbols);
      ++lengths[text.size()];
    }
    CHECK(lengths.begin()->first == static_cast<std::size_t>(low));
    CHECK(lengths.rbegin()->first == static_cast<std::size_t>(high));
    CHECK(lengths.size() == static_cast<std::size_t>(high - low + 1));
  };
  check_all(training_examples(task, 600), config.shortest, config.longest);
  check_all(evaluation_examples(task), config.test_shortest, config.test_longest);
}

template <typename Config>
Config small_language() {
  Config config;
  config.longest = 12;
  config.test_shortest = 10;
  config.test_longest = 33;
  config.evaluation_examples = 600;
  return config;
}

std::map<std::int32_t, std::int64_t> counted(const Tokens& text) {
  std::map<std::int32_t, std::int64_t> counts;
  for (const std::int32_t symbol : text) ++counts[symbol];
  return counts;
}

}  // namespace

TEST_CASE("bucket sort's answer is the sorted string, fed back symbol by symbol") {
  const auto config = small_language<BucketSortConfig>();
  const BucketSort task(config, 1);
  check(task, config, 5, [](Tokens text) {
    std::ranges::sort(text);
    return text;
  });
  for (const Written& example : training_examples(task, 50)) {
    const std::size_t length = example.tokens().size() / 2;
    const Tokens answers = example.answers();
    CHECK(std::equal(answers.begin(), answers.end() - 1,
                     example.tokens().begin() + static_cast<std::ptrdiff_t>(length) + 1));
  }
}

TEST_CASE("missing duplicate's answer is the hidden symbol's duplicate") {
  const auto config = small_language<MissingDuplicateConfig>();
  std::map<std::int32_t, int> answers;
  check(MissingDuplicate(config, 1), config, 2, [&](const Tokens& text) {
    const std::size_t half = text.size() / 2;
    if (text.size() % 2 == 1) CHECK(text.back() == 4);
    std::int32_t answer = -1;
    for (std::size_t i = 0; i < half; ++i) {
      if (text[i] == text[half + i]) continue;
      CHECK(answer == -1);  // only one question
      CHECK(std::max(text[i], text[half + i]) == 3);
      answer = std::min(text[i], text[half + i]);
    }
    ++answers[answer];
    return Tokens{answer};
  });
  CHECK(answers.size() == 2);
  CHECK(std::abs(answers[0] - 600) < 5 * std::sqrt(300.0));
}

TEST_CASE("cycle navigation's answer is the final position of the moves") {
  const auto config = small_language<CycleNavigationConfig>();
  std::map<std::int32_t, int> ends;
  check(CycleNavigation(config, 1), config, 3, [&](const Tokens& text) {
    std::int32_t place = 0;
    for (const std::int32_t move : text) {
      if (move == 1) place = place == 4 ? 0 : place + 1;
      if (move == 2) place = place == 0 ? 4 : place - 1;
    }
    ++ends[place];
    return Tokens{place};
  });
  CHECK(ends.size() == 5);
}

TEST_CASE("even pairs' answer is the parity of symbol changes") {
  const auto config = small_language<FormalLanguageConfig>();
  std::map<std::int32_t, int> answers;
  check(EvenPairs(config, 1), config, 2, [&](const Tokens& text) {
    int changes = 0;
    for (std::size_t i = 1; i < text.size(); ++i) changes += text[i] != text[i - 1];
    ++answers[changes % 2];
    return Tokens{changes % 2};
  });
  CHECK(answers.size() == 2);
}

TEST_CASE("majority is the most common symbol, the smallest in a tie, and its count is limited") {
  auto config = small_language<MajorityConfig>();
  config.symbols = 4;
  check(Majority(config, 1), config, 4, [](const Tokens& text) {
    std::int32_t best = 0;
    auto counts = counted(text);
    for (std::int32_t symbol = 1; symbol < 4; ++symbol) {
      if (counts[symbol] > counts[best]) best = symbol;
    }
    return Tokens{best};
  });
  bool limited = false;
  check(MajorityCount(config, 1), config, 4, [&](const Tokens& text) {
    std::int64_t most = 0;
    for (const auto& [symbol, count] : counted(text)) most = std::max(most, count);
    limited |= most > 4;
    return Tokens{static_cast<std::int32_t>(std::min<std::int64_t>(most, 4))};
  });
  CHECK(limited);
}

TEST_CASE("evaluation buckets are ranges of lengths between powers of two") {
  const auto config = small_language<FormalLanguageConfig>();
  const EvenPairs task(config, 1);
  CHECK(task.buckets() == std::vector<std::string>{"10-15", "16-31", "32-33"});
  for (const Written& example : evaluation_examples(task)) {
    const std::size_t length = example.tokens().size() - 1;
    CHECK(example.bucket == (length < 16 ? 0 : length < 32 ? 1 : 2));
  }
}

TEST_CASE("a longest length that is a power of two gets no separate bucket") {
  auto config = small_language<FormalLanguageConfig>();
  config.test_longest = 32;
  const EvenPairs task(config, 1);
  CHECK(task.buckets() == std::vector<std::string>{"10-15", "16-32"});
  bool longest = false;
  for (const Written& example : evaluation_examples(task)) {
    const std::size_t length = example.tokens().size() - 1;
    CHECK(example.bucket == (length < 16 ? 0 : 1));
    longest |= length == 32;
  }
  CHECK(longest);
  config.test_shortest = 32;
  CHECK(EvenPairs(config, 1).buckets() == std::vector<std::string>{"32-32"});
}
