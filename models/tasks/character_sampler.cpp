#include "models/tasks/character_sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "configs/base/error.h"
#include "configs/base/random.h"
#include "models/ops/tokens.h"

namespace seqrl {

CharacterSampler::CharacterSampler(const SequenceModel& model, const Vocabulary& vocabulary,
                                   const PackedWeights& weights, std::string_view prompt,
                                   SamplingOptions options)
    : model_(model),
      vocabulary_(vocabulary),
      weights_(weights),
      options_(options),
      state_(model.backbone().initial_state(1)),
      scores_(static_cast<std::size_t>(vocabulary.size())),
      candidates_(scores_.size()) {
  constexpr std::size_t kChunk = 256;
  SEQRL_CHECK(vocabulary.size() == model.shape().classes);
  SEQRL_REQUIRE(options.temperature >= 0 && std::isfinite(options.temperature),
                "the temperature must be at least 0, got {}", options.temperature);
  SEQRL_REQUIRE(options.top_k >= 0, "top_k must be at least 0, got {}", options.top_k);
  SEQRL_REQUIRE(!prompt.empty(), "a prompt needs at least one character");
  const std::vector<std::int32_t> tokens = vocabulary.encode(prompt);
  for (std::size_t i = 0; i < tokens.size(); i += kChunk) {
    read(tokens.data() + i, static_cast<std::int64_t>(std::min(kChunk, tokens.size() - i)));
  }
}

void CharacterSampler::read(const std::int32_t* tokens, std::int64_t count) {
  tape_.begin({});
  tape_.set_packed_weights(&weights_);
  const Tensor chunk = tape_.constant({1, count}, DType::i32);
  std::copy_n(tokens, count, chunk.data<std::int32_t>());
  const Tensor scores = model_.score(last_token(model_.read(chunk, &state_)));
  dispatch(scores.dtype(),
           [&]<typename T>(T) { std::copy_n(scores.data<T>(), scores_.size(), scores_.begin()); });
}

std::int32_t CharacterSampler::draw() {
  std::iota(candidates_.begin(), candidates_.end(), 0);
  const std::size_t all = candidates_.size();
  std::size_t count =
      options_.top_k == 0 ? all : std::min(all, static_cast<std::size_t>(options_.top_k));
  if (options_.temperature == 0) count = 1;
  const auto score = [&](std::int32_t token) { return scores_[static_cast<std::size_t>(token)]; };
  std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(count),
                    candidates_.end(), [&](std::int32_t a, std::int32_t b) {
                      return score(a) > score(b) || (score(a) == score(b) && a < b);
                    });
  if (count == 1) return candidates_[0];
  const double largest = score(candidates_[0]);
  const auto weight = [&](std::int32_t token) {
    return std::exp((score(token) - largest) / options_.temperature);
  };
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += weight(candidates_[i]);
  double rest = Random(options_.seed, Purpose::exploration, drawn_).uniform() * sum;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    rest -= weight(candidates_[i]);
    if (rest < 0) return candidates_[i];
  }
  return candidates_[count - 1];
}

const std::string& CharacterSampler::next() {
  const std::int32_t token = draw();
  ++drawn_;
  read(&token, 1);
  return vocabulary_.character(token);
}

}  // namespace seqrl
