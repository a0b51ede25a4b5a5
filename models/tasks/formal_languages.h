// The tasks of the Chomsky hierarchy, trained on short strings and tested on long ones.
//
// Sources: Delétang et al., arXiv 2207.02098 (bucket sort, missing duplicate, cycle navigation,
// even pairs) and Beck et al., arXiv 2405.04517, appendix (majority, majority count, lengths).
// Neither paper gives all alphabets; the missing values of `symbols` are our choice.
#pragma once

#include <string>
#include <vector>

#include "models/tasks/config.h"
#include "models/tasks/task.h"

namespace seqrl {

struct FormalLanguageConfig : TaskConfig {
  std::int64_t shortest = 3, longest = 40;              // training strings
  std::int64_t test_shortest = 40, test_longest = 256;  // evaluation strings
  std::int64_t evaluation_examples = 2048;

  void fields(Fields& field);
};

struct AlphabetConfig : FormalLanguageConfig {
  std::int64_t symbols;
  explicit AlphabetConfig(std::int64_t symbols_) : symbols(symbols_) {}

  void fields(Fields& field);
};

struct BucketSortConfig : AlphabetConfig {
  BucketSortConfig() : AlphabetConfig(5) {}
};
struct MissingDuplicateConfig : AlphabetConfig {
  MissingDuplicateConfig() : AlphabetConfig(2) {}
};
struct MajorityConfig : AlphabetConfig {
  MajorityConfig() : AlphabetConfig(32) {}
};
struct CycleNavigationConfig : FormalLanguageConfig {
  std::int64_t cycle = 5;

  void fields(Fields& field);
};

// A string of random length, uniform in its range, followed by a token that asks for the answer.
class FormalLanguage : public GeneratedTask {
 public:
  std::int64_t training_length() const override { return time(config_.longest); }
  std::int64_t evaluation_length() const override { return time(config_.test_longest); }
  // Lengths between powers of two; the last bucket includes the longest: "40-63", "64-127",
  // "128-256".
  std::vector<std::string> buckets() const override;

 protected:
  FormalLanguage(TaskShape shape, const FormalLanguageConfig& config, std::uint64_t seed)
      : GeneratedTask(shape, seed, config.evaluation_examples), config_(config) {}

  void generate(Random& random, Split split, Example& example) const override;

  // The number of tokens of an example with a string of `length`.
  virtual std::int64_t time(std::int64_t length) const { return length + 1; }
  virtual void write(Random& random, std::int64_t length, Example& example) const = 0;

 private:
  FormalLanguageConfig config_;
};

// The string's symbols in ascending order; each is predicted from the ones before it.
class BucketSort : public FormalLanguage {
 public:
  BucketSort(const BucketSortConfig& config, std::uint64_t seed);

 protected:
  std::int64_t time(std::int64_t length) const override { return 2 * length; }
  void write(Random& random, std::int64_t length, Example& example) const override;

 private:
  std::int64_t alphabet_;
};

// A string twice, with one symbol hidden: which one? A string of odd length ends with a filler.
class MissingDuplicate : public FormalLanguage {
 public:
  MissingDuplicate(const MissingDuplicateConfig& config, std::uint64_t seed);

 protected:
  void write(Random& random, std::int64_t length, Example& example) const override;

 private:
  std::int64_t alphabet_;
};

// The final position after moves on a cycle from position 0 (0: stay, 1: one step forward, 2: one
// step back).
class CycleNavigation : public FormalLanguage {
 public:
  CycleNavigation(const CycleNavigationConfig& config, std::uint64_t seed);

 protected:
  void write(Random& random, std::int64_t length, Example& example) const override;

 private:
  std::int64_t cycle_;
};

// Whether 01 and 10 together occur an even number of times in a binary string (0) or not (1).
class EvenPairs : public FormalLanguage {
 public:
  EvenPairs(const FormalLanguageConfig& config, std::uint64_t seed);

 protected:
  void write(Random& random, std::int64_t length, Example& example) const override;
};

// The most frequent symbol; the smallest one on a tie.
class Majority : public FormalLanguage {
 public:
  Majority(const MajorityConfig& config, std::uint64_t seed);

 protected:
  void write(Random& random, std::int64_t length, Example& example) const override;

 private:
  std::int64_t alphabet_;
};

// The number of occurrences of the most frequent symbol, at most the alphabet's size.
class MajorityCount : public FormalLanguage {
 public:
  MajorityCount(const MajorityConfig& config, std::uint64_t seed);

 protected:
  void write(Random& random, std::int64_t length, Example& example) const override;

 private:
  std::int64_t alphabet_;
};

}  // namespace seqrl
