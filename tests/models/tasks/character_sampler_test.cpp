#include "models/tasks/character_sampler.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "configs/base/error.h"
#include "models/backbones/transformer.h"
#include "models/nn/parameter_block.h"
#include "tests/allocations.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// A network with random weights, large enough to have preferences.
struct Writer {
  Vocabulary vocabulary{"abcdefgh"};
  SequenceModel model;
  ParameterBlock block{model, DType::f32, 5};
  PackedWeights weights{block, false};

  explicit Writer(const std::string& kind = "min_gru") : model({8, 8}, section(kind)) {
    for (float& value : block.flat().span<float>()) value *= 3;
    weights.refresh();
  }
  static BackboneSection section(const std::string& kind) {
    register_builtin_backbones();
    BackboneSection backbone(kind);
    backbone.shared().dim = 16;
    backbone.shared().layers = 2;
    if (kind == "transformer") backbone.as<TransformerConfig>().window = 8;
    return backbone;
  }
  CharacterSampler sampler(const std::string& prompt, SamplingOptions options) {
    return CharacterSampler(model, vocabulary, weights, prompt, options);
  }
  std::string text(const std::string& prompt, int length, SamplingOptions options) {
    CharacterSampler writes = sampler(prompt, options);
    std::string text;
    for (int i = 0; i < length; ++i) text += writes.next();
    return text;
  }
  // The scores of what follows `text`, computed at once.
  std::vector<float> scores(const std::string& text) {
    Tape tape;
    tape.begin({});
    const auto tokens = vocabulary.encode(text);
    const Tensor ids = tape.constant({1, static_cast<std::int64_t>(tokens.size())}, DType::i32);
    std::ranges::copy(tokens, ids.data<std::int32_t>());
    const Tensor all = model.score(model.read(ids));
    return {all.data<float>() + all.size() - 8, all.data<float>() + all.size()};
  }
};

}  // namespace

TEST_CASE("at temperature 0 every character is the most likely after the previous ones") {
  for (const char* kind : {"min_gru", "min_lstm", "gru", "lstm", "mamba", "transformer"}) {
    INFO(kind);
    Writer writer(kind);
    std::string text = "badge";
    for (const char c : writer.text(text, 40, {.temperature = 0})) {
      const auto scores = writer.scores(text);
      const auto best = std::ranges::max_element(scores) - scores.begin();
      CHECK(c == 'a' + best);
      text += c;
    }
  }
}

TEST_CASE("a sampled text depends only on its seed") {
  Writer writer;
  const std::string text = writer.text("a", 100, {.seed = 3});
  CHECK(writer.text("a", 100, {.seed = 3}) == text);
  CHECK(writer.text("a", 100, {.seed = 4}) != text);
}

TEST_CASE("characters are sampled with their probabilities, among the top k") {
  Writer writer;
  const auto scores = writer.scores("ab");
  for (const std::int64_t top_k : {0, 3}) {
    std::vector<std::pair<float, char>> likeliest;
    for (int i = 0; i < 8; ++i) likeliest.emplace_back(-scores[std::size_t(i)], char('a' + i));
    std::ranges::sort(likeliest);
    if (top_k > 0) likeliest.resize(static_cast<std::size_t>(top_k));
    double sum = 0;
    for (const auto& [score, c] : likeliest) sum += std::exp(-score / 0.7);
    const int draws = 3000;
    std::map<char, int> drawn;
    for (int i = 0; i < draws; ++i) {
      ++drawn[writer.text("ab", 1, {0.7, top_k, static_cast<std::uint64_t>(i)})[0]];
    }
    int total = 0;
    for (const auto& [score, c] : likeliest) {
      const double p = std::exp(-score / 0.7) / sum;
      CHECK(std::abs(drawn[c] - draws * p) <= 5 * std::sqrt(draws * p * (1 - p)) + 1);
      total += drawn[c];
    }
    CHECK(total == draws);
  }
}

TEST_CASE("sampling does not allocate memory, with a Transformer if it has a window") {
  for (const char* kind : {"min_gru", "min_lstm", "gru", "lstm", "mamba", "transformer"}) {
    INFO(kind);
    Writer writer(kind);
    CharacterSampler sampler = writer.sampler("abcdefghabcdefgh", {});
    for (int i = 0; i < 10; ++i) sampler.next();
    const std::int64_t before = allocations();
    for (int i = 0; i < 300; ++i) sampler.next();
    CHECK(allocations() == before);
  }
}

TEST_CASE("an empty prompt, unknown characters and invalid options are rejected") {
  Writer writer;
  CHECK_THROWS_WITH(writer.sampler("", {}), "a prompt needs at least one character");
  CHECK_THROWS_WITH(writer.sampler("abX", {}), Catch::Contains("the character 'X'"));
  CHECK_THROWS_AS(writer.sampler("a", {.temperature = -1}), Error);
  CHECK_THROWS_AS(writer.sampler("a", {.top_k = -1}), Error);
}
