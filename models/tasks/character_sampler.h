// A character sampler generates text with a language model, one character at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/nn/packed_weights.h"
#include "models/tasks/characters.h"
#include "models/tasks/sequence_model.h"

namespace seqrl {

struct SamplingOptions {
  double temperature = 1;  // divides the scores; 0 = always the likeliest character
  std::int64_t top_k = 0;  // sample from the k likeliest; 0 = from all
  std::uint64_t seed = 1;
};

// Carries the backbone's state from character to character, so memory stays constant (for a
// Transformer, only if its attention has a window). The text is a function of weights, prompt and
// options.
class CharacterSampler {
 public:
  // Keeps references to model, vocabulary and weights. The constructor reads the prompt, at least
  // one character; an Error names a character in it that the model has not learned.
  CharacterSampler(const SequenceModel& model, const Vocabulary& vocabulary,
                   const PackedWeights& weights, std::string_view prompt, SamplingOptions options);

  // Draws the next character and reads it.
  const std::string& next();

 private:
  void read(const std::int32_t* tokens, std::int64_t count);
  std::int32_t draw();

  const SequenceModel& model_;
  const Vocabulary& vocabulary_;
  const PackedWeights& weights_;
  SamplingOptions options_;
  State state_;
  Tape tape_;
  std::vector<double> scores_;            // for the next character
  std::vector<std::int32_t> candidates_;  // characters, the likeliest first
  std::uint64_t drawn_ = 0;
};

}  // namespace seqrl
