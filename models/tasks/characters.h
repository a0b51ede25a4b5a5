// Language modelling by characters.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/tasks/config.h"
#include "models/tasks/task.h"

namespace seqrl {

// The characters of a text, numbered in the order of their bytes. A character is a UTF-8 character,
// or a single byte that belongs to none.
class Vocabulary {
 public:
  // The characters that occur in `text`.
  explicit Vocabulary(std::string_view text);
  // From the result of to_hex(); an Error if `hex` is not valid.
  static Vocabulary from_hex(std::string_view hex);

  // The bytes of its characters in hexadecimal, because a UTF-8 file cannot hold a stray byte.
  std::string to_hex() const;

  std::int64_t size() const { return static_cast<std::int64_t>(characters_.size()); }
  const std::vector<std::string>& characters() const { return characters_; }
  const std::string& character(std::int32_t token) const {
    return characters_[static_cast<std::size_t>(token)];
  }

  // An Error names a character that is not in the vocabulary.
  std::vector<std::int32_t> encode(std::string_view text) const;

 private:
  std::vector<std::string> characters_;
  std::map<std::string, std::int32_t, std::less<>> tokens_;
};

struct CharactersConfig : TaskConfig {
  std::string data;
  std::int64_t context = 256;

  void fields(Fields& field);
};

// Predicts the next character of a text file from the previous ones in a window. As in nanoGPT, the
// first nine tenths of the text are for training, in windows at random positions. The whole rest is
// for the test loss, in adjacent windows.
class Characters : public Task {
 public:
  // The name in texts() of the vocabulary, stored as Vocabulary::to_hex().
  static constexpr const char* kVocabulary = "characters";

  Characters(const CharactersConfig& config, std::uint64_t seed);

  TaskMetric metric() const override { return TaskMetric::loss; }
  std::int64_t training_length() const override { return context_; }
  std::int64_t evaluation_length() const override { return context_; }
  void write_training(std::uint64_t step, std::int64_t row, Example& example) const override;
  std::int64_t evaluation_size() const override;
  void write_evaluation(std::int64_t index, Example& example) const override;

  std::map<std::string, std::string> texts() const override;

  const Vocabulary& vocabulary() const { return text_.vocabulary; }
  // The number of test characters.
  std::int64_t test_size() const { return size() - training_size_; }

 private:
  struct Text {
    explicit Text(const std::string& path);
    Vocabulary vocabulary;
    std::vector<std::int32_t> tokens;
  };
  Characters(Text text, const CharactersConfig& config, std::uint64_t seed);
  std::int64_t size() const { return static_cast<std::int64_t>(text_.tokens.size()); }
  void write(std::int64_t begin, std::int64_t count, Example& example) const;

  Text text_;
  std::int64_t context_;
  std::uint64_t seed_;
  std::int64_t training_size_;
};

}  // namespace seqrl
