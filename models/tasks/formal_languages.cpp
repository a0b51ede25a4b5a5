#include "models/tasks/formal_languages.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace seqrl {
namespace {

std::int32_t draw(Random& random, std::int64_t bound) {
  return static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(bound)));
}

// Strings with lengths between two powers of two share a bucket.
std::int32_t bucket_of(std::int64_t length) {
  return static_cast<std::int32_t>(std::bit_width(static_cast<std::uint64_t>(length)));
}

// Writes a random string and returns the number of occurrences of each symbol.
std::vector<std::int64_t> write_counted(Random& random, std::int64_t length, std::int64_t alphabet,
                                        Example& example) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(alphabet));
  for (std::int64_t t = 0; t < length; ++t) {
    const std::int32_t symbol = draw(random, alphabet);
    example.add(symbol);
    ++counts[static_cast<std::size_t>(symbol)];
  }
  return counts;
}

// The token that asks for the answer: the first one after the alphabet.
std::int32_t question(std::int64_t alphabet) {
  return static_cast<std::int32_t>(alphabet);
}

}  // namespace

void FormalLanguageConfig::fields(Fields& field) {
  TaskConfig::fields(field);
  field("shortest", shortest, "length of the shortest training string", in_range(2, 1 << 16));
  field("longest", longest, "length of the longest training string", in_range(2, 1 << 16));
  field("test_shortest", test_shortest, "length of the shortest evaluation string",
        in_range(2, 1 << 16));
  field("test_longest", test_longest, "length of the longest evaluation string",
        in_range(2, 1 << 16));
  field("evaluation_examples", evaluation_examples, "number of evaluation strings",
        in_range(1, 1 << 24));
  field.check(
      "longest", [this] { return longest >= shortest; }, "not be below shortest");
  field.check(
      "test_longest", [this] { return test_longest >= test_shortest; },
      "not be below test_shortest");
}

void AlphabetConfig::fields(Fields& field) {
  FormalLanguageConfig::fields(field);
  field("symbols", symbols, "size of the strings' alphabet", in_range(2, 1 << 16));
}

void CycleNavigationConfig::fields(Fields& field) {
  FormalLanguageConfig::fields(field);
  field("cycle", cycle, "number of positions on the cycle", in_range(2, 1 << 16));
}

std::vector<std::string> FormalLanguage::buckets() const {
  std::vector<std::string> names;
  for (std::int64_t low = config_.test_shortest; low <= config_.test_longest;) {
    const std::int64_t next = std::int64_t{1} << bucket_of(low);
    const std::int64_t last = next < config_.test_longest ? next - 1 : config_.test_longest;
    names.push_back(fmt::format("{}-{}", low, last));
    low = last + 1;
  }
  return names;
}

void FormalLanguage::generate(Random& random, Split split, Example& example) const {
  const bool tests = split == Split::evaluation;
  const std::int64_t low = tests ? config_.test_shortest : config_.shortest;
  const std::int64_t high = tests ? config_.test_longest : config_.longest;
  const std::int64_t length = low + draw(random, high - low + 1);
  // The longest string joins the previous bucket even if its length is a power of two.
  if (tests) {
    example.set_bucket(bucket_of(std::min(length, std::max(low, high - 1))) - bucket_of(low));
  }
  write(random, length, example);
}

BucketSort::BucketSort(const BucketSortConfig& config, std::uint64_t seed)
    : FormalLanguage({.symbols = config.symbols + 1, .classes = config.symbols}, config, seed),
      alphabet_(config.symbols) {}

void BucketSort::write(Random& random, std::int64_t length, Example& example) const {
  const std::vector<std::int64_t> counts = write_counted(random, length, alphabet_, example);
  std::int32_t before = question(alphabet_);
  for (std::int32_t symbol = 0; symbol < alphabet_; ++symbol) {
    for (std::int64_t i = 0; i < counts[static_cast<std::size_t>(symbol)]; ++i) {
      example.add(before, symbol);
      before = symbol;
    }
  }
}

MissingDuplicate::MissingDuplicate(const MissingDuplicateConfig& config, std::uint64_t seed)
    : FormalLanguage({.symbols = config.symbols + 3, .classes = config.symbols}, config, seed),
      alphabet_(config.symbols) {}

void MissingDuplicate::write(Random& random, std::int64_t length, Example& example) const {
  const std::int32_t hidden = question(alphabet_) + 1, filler = hidden + 1;
  std::vector<std::int32_t> text(static_cast<std::size_t>(length / 2));
  for (std::int32_t& symbol : text) symbol = draw(random, alphabet_);
  text.insert(text.end(), text.begin(), text.end());
  std::int32_t& chosen = text[random.below(text.size())];
  const std::int32_t answer = std::exchange(chosen, hidden);
  for (const std::int32_t symbol : text) example.add(symbol);
  if (length % 2 == 1) example.add(filler);
  example.add(question(alphabet_), answer);
}

CycleNavigation::CycleNavigation(const CycleNavigationConfig& config, std::uint64_t seed)
    : FormalLanguage({.symbols = 4, .classes = config.cycle}, config, seed), cycle_(config.cycle) {}

void CycleNavigation::write(Random& random, std::int64_t length, Example& example) const {
  constexpr std::int64_t kMoves = 3;
  const std::vector<std::int64_t> moves = write_counted(random, length, kMoves, example);
  const std::int64_t place = (moves[1] - moves[2]) % cycle_;
  example.add(question(kMoves), static_cast<std::int32_t>(place < 0 ? place + cycle_ : place));
}

EvenPairs::EvenPairs(const FormalLanguageConfig& config, std::uint64_t seed)
    : FormalLanguage({.symbols = 3, .classes = 2}, config, seed) {}

void EvenPairs::write(Random& random, std::int64_t length, Example& example) const {
  const std::int32_t first = draw(random, 2);
  std::int32_t last = first;
  example.add(first);
  for (std::int64_t t = 1; t < length; ++t) example.add(last = draw(random, 2));
  example.add(question(2), first == last ? 0 : 1);  // 01 and 10 alternate
}

Majority::Majority(const MajorityConfig& config, std::uint64_t seed)
    : FormalLanguage({.symbols = config.symbols + 1, .classes = config.symbols}, config, seed),
      alphabet_(config.symbols) {}

void Majority::write(Random& random, std::int64_t length, Example& example) const {
  const std::vector<std::int64_t> counts = write_counted(random, length, alphabet_, example);
  example.add(question(alphabet_),
              static_cast<std::int32_t>(std::ranges::max_element(counts) - counts.begin()));
}

MajorityCount::MajorityCount(const MajorityConfig& config, std::uint64_t seed)
    : FormalLanguage({.symbols = config.symbols + 1, .classes = config.symbols + 1}, config, seed),
      alphabet_(config.symbols) {}

void MajorityCount::write(Random& random, std::int64_t length, Example& example) const {
  const std::vector<std::int64_t> counts = write_counted(random, length, alphabet_, example);
  const std::int64_t most = std::ranges::max(counts);
  example.add(question(alphabet_), static_cast<std::int32_t>(std::min(most, alphabet_)));
}

}  // namespace seqrl
