#include "models/tasks/characters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/text.h"
#include "configs/base/utf8.h"
#include "models/core/alignment.h"

namespace seqrl {
namespace {

std::string_view take_character(std::string_view& text) {
  const std::string_view character = text.substr(0, std::max<std::size_t>(utf8_length(text), 1));
  text.remove_prefix(character.size());
  return character;
}

}  // namespace

Vocabulary::Vocabulary(std::string_view text) {
  std::set<std::string, std::less<>> distinct;
  while (!text.empty()) {
    const std::string_view character = take_character(text);
    if (!distinct.contains(character)) distinct.emplace(character);
  }
  characters_.assign(distinct.begin(), distinct.end());
  for (const std::string& character : characters_) {
    tokens_.emplace(character, static_cast<std::int32_t>(tokens_.size()));
  }
}

Vocabulary Vocabulary::from_hex(std::string_view hex) {
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const char* end = hex.data() + std::min(i + 2, hex.size());
    unsigned char byte = 0;
    const auto parsed = std::from_chars(hex.data() + i, end, byte, 16);
    SEQRL_REQUIRE(parsed.ec == std::errc() && parsed.ptr == hex.data() + i + 2,
                  "a vocabulary's byte is {}, expected two hexadecimal digits",
                  shown(hex.substr(i, 2)));
    text += static_cast<char>(byte);
  }
  return Vocabulary(text);
}

std::string Vocabulary::to_hex() const {
  // In this order a stray byte never precedes a byte that would complete it to a character.
  std::string hex;
  for (const std::string& character : characters_) {
    for (const char byte : character)
      hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return hex;
}

std::vector<std::int32_t> Vocabulary::encode(std::string_view text) const {
  std::vector<std::int32_t> tokens;
  tokens.reserve(text.size());
  while (!text.empty()) {
    const std::string_view character = take_character(text);
    const auto found = tokens_.find(character);
    SEQRL_REQUIRE(found != tokens_.end(),
                  "the character {} is not among the {} characters of the model's vocabulary",
                  shown(character), characters_.size());
    tokens.push_back(found->second);
  }
  return tokens;
}

void CharactersConfig::fields(Fields& field) {
  TaskConfig::fields(field);
  field("data", data, "a text file", not_empty(), required(), file_path());
  field("context", context, "characters per window", in_range(1, 1 << 20));
}

Characters::Text::Text(const std::string& path) : vocabulary(std::string_view()) {
  const std::string text = read_task_data(path);
  vocabulary = Vocabulary(text);
  tokens = vocabulary.encode(text);
  // In both parts a window needs a first character and one to predict.
  SEQRL_REQUIRE(tokens.size() >= 20, "{}: {} characters are too few to train and test on", path,
                tokens.size());
}

Characters::Characters(const CharactersConfig& config, std::uint64_t seed)
    : Characters(Text(config.data), config, seed) {}

Characters::Characters(Text text, const CharactersConfig& config, std::uint64_t seed)
    : Task({.symbols = text.vocabulary.size(), .classes = text.vocabulary.size()}),
      text_(std::move(text)),
      context_(config.context),
      seed_(seed),
      training_size_(size() * 9 / 10) {
  SEQRL_REQUIRE(context_ < training_size_,
                "{}: a context of {} needs more than the {} training characters", config.data,
                context_, training_size_);
}

void Characters::write(std::int64_t begin, std::int64_t count, Example& example) const {
  const std::int32_t* tokens = text_.tokens.data() + begin;
  for (std::int64_t t = 0; t < count; ++t) example.add(tokens[t], tokens[t + 1]);
}

void Characters::write_training(std::uint64_t step, std::int64_t row, Example& example) const {
  Random random(seed_, Purpose::batch, step, static_cast<std::uint32_t>(row));
  const auto starts = static_cast<std::uint64_t>(training_size_ - context_);
  write(static_cast<std::int64_t>(random.below(starts)), context_, example);
}

std::map<std::string, std::string> Characters::texts() const {
  return {{kVocabulary, vocabulary().to_hex()}};
}

std::int64_t Characters::evaluation_size() const {
  return divide_up(test_size() - 1, context_);
}

void Characters::write_evaluation(std::int64_t index, Example& example) const {
  const std::int64_t begin = training_size_ + index * context_;
  write(begin, std::min(context_, size() - 1 - begin), example);
}

}  // namespace seqrl
