#include "models/ops/attention.h"

#include <array>
#include <cmath>
#include <limits>

#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

// The definition, one query and one key at a time.
std::vector<double> reference(const std::vector<double>& qkv, std::int64_t batch, std::int64_t time,
                              std::int64_t dim, std::int64_t heads, std::int64_t window) {
  std::vector<double> y(static_cast<std::size_t>(batch * time * dim));
  const std::int64_t size = dim / heads;
  const auto at = [&](std::int64_t b, std::int64_t t, std::int64_t part, std::int64_t column) {
    return qkv[static_cast<std::size_t>(((b * time + t) * 3 + part) * dim + column)];
  };
  for (std::int64_t b = 0; b < batch; ++b) {
    for (std::int64_t h = 0; h < heads; ++h) {
      for (std::int64_t i = 0; i < time; ++i) {
        std::vector<double> weights(static_cast<std::size_t>(i + 1));
        double total = 0;
        for (std::int64_t j = window ? std::max<std::int64_t>(0, i - window + 1) : 0; j <= i; ++j) {
          double score = 0;
          for (std::int64_t c = h * size; c < (h + 1) * size; ++c) {
            score += at(b, i, 0, c) * at(b, j, 1, c);
          }
          total += weights[static_cast<std::size_t>(j)] =
              std::exp(score / std::sqrt(static_cast<double>(size)));
        }
        for (std::int64_t j = 0; j <= i; ++j) {
          for (std::int64_t c = h * size; c < (h + 1) * size; ++c) {
            y[static_cast<std::size_t>((b * time + i) * dim + c)] +=
                weights[static_cast<std::size_t>(j)] / total * at(b, j, 2, c);
          }
        }
      }
    }
  }
  return y;
}

template <typename T>
double deviation(const Tensor& y, const std::vector<double>& expected) {
  REQUIRE(y.size() == static_cast<std::int64_t>(expected.size()));
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double d = std::abs(static_cast<double>(y.data<T>()[i]) - expected[i]);
    largest = d > largest || std::isnan(d) ? d : largest;
  }
  return largest;
}

struct Case {
  std::int64_t batch, time, dim, heads, window;
};
constexpr Case kCases[] = {{2, 60, 128, 1, 0}, {1, 1, 1, 1, 0},     {3, 25, 24, 4, 7},
                           {1, 130, 36, 6, 0}, {1, 200, 16, 2, 50}, {2, 49, 40, 8, 1},
                           {0, 5, 4, 2, 0},    {2, 0, 4, 2, 0},     {1, 97, 128, 2, 33}};

}  // namespace

TEST_CASE("attention is softmax(q·kᵀ/√size)·v over the tokens that a token sees") {
  Tape tape;
  for (const auto& [batch, time, dim, heads, window] : kCases) {
    CAPTURE(batch, time, dim, heads, window);
    const auto values = draws(batch * time * 3 * dim, 0, -2, 2);
    const auto expected = reference(values, batch, time, dim, heads, window);
    const AttentionOptions options{heads, window};
    tape.begin({});
    CHECK(deviation<double>(attention(make_input(tape, {batch, time, 3 * dim}, values), options),
                            expected) < 1e-13);
    const std::vector<float> rounded(values.begin(), values.end());
    CHECK(deviation<float>(attention(make_input(tape, {batch, time, 3 * dim}, rounded), options),
                           expected) < 2e-6);
  }
}

TEST_CASE("attention agrees with finite differences") {
  for (const auto& [batch, time, dim, heads, window] : {Case{2, 3, 4, 1, 0},
                                                        {1, 1, 1, 1, 0},
                                                        {1, 27, 6, 3, 0},
                                                        {2, 7, 4, 2, 3},
                                                        {1, 30, 2, 1, 26},
                                                        {0, 3, 2, 1, 0},
                                                        {2, 5, 6, 2, 1}}) {
    CAPTURE(batch, time, dim, heads, window);
    for (double dropout : {0.0, 0.3}) {
      GradientCheck check;
      check.pass.training = true;
      CHECK(check({{batch, time, 3 * dim}},
                  [&, heads = heads, window = window](Tape&, const auto& inputs) {
                    return attention(inputs[0], {heads, window, dropout});
                  }) == "");
    }
  }
}

TEST_CASE("a chunk after others gives what the whole sequence gives, and its own gradients") {
  for (std::int64_t window : {0, 1, 5, 26, 100}) {
    for (std::int64_t chunk : {1, 2, 7, 30, 40}) {
      CAPTURE(window, chunk);
      constexpr std::int64_t batch = 2, time = 70, dim = 6;
      const auto values = draws(batch * time * 3 * dim, 0, -2, 2);
      const auto expected = reference(values, batch, time, dim, 2, window);
      const std::int64_t capacity = attention_cache_rows(window, time, 0);
      Storage memory(static_cast<std::size_t>(2 * batch * capacity * dim) * sizeof(double));
      AttentionCache cache{
          Tensor(memory.data(), {batch, capacity, dim}, DType::f64),
          Tensor(memory.data() + memory.bytes() / 2, {batch, capacity, dim}, DType::f64), 0};
      double largest = 0;
      Tape tape;
      for (std::int64_t first = 0; first < time; first += chunk) {
        const std::int64_t count = std::min(chunk, time - first);
        std::vector<double> part, wanted;
        for (std::int64_t b = 0; b < batch; ++b) {
          const auto from = values.begin() + (b * time + first) * 3 * dim;
          part.insert(part.end(), from, from + count * 3 * dim);
          const auto y = expected.begin() + (b * time + first) * dim;
          wanted.insert(wanted.end(), y, y + count * dim);
        }
        tape.begin({});
        const Tensor y =
            attention(make_input(tape, {batch, count, 3 * dim}, part), {2, window}, cache);
        largest = std::max(largest, deviation<double>(y, wanted));
        cache.length.number += count;
      }
      CHECK(largest < 1e-13);
      // The check evaluates many times: each from a copy of the same cache.
      const Storage kept(memory.bytes());
      std::copy_n(memory.data(), memory.bytes(), kept.data());
      CHECK(GradientCheck{}({{batch, 3, 3 * dim}}, [&](Tape&, const auto& inputs) {
              std::copy_n(kept.data(), kept.bytes(), memory.data());
              AttentionCache now = cache;
              if (window == 0) now.length.number -= 3;
              return attention(inputs[0], {2, window}, now);
            }) == "");
    }
  }
}

TEST_CASE("dropout of attention keeps the expectation, and other passes have none") {
  constexpr std::int64_t time = 64, dim = 4;
  std::vector<double> values(time * 3 * dim, 0.0);
  for (std::int64_t t = 0; t < time; ++t) {
    for (std::int64_t c = 2 * dim; c < 3 * dim; ++c)
      values[static_cast<std::size_t>(t * 3 * dim + c)] = 1;
  }
  Tape tape;
  double sum = 0, squares = 0;
  constexpr int kPasses = 200;
  for (int step = 0; step < kPasses; ++step) {
    tape.begin({.training = true, .step = static_cast<std::uint64_t>(step)});
    const Tensor y = attention(make_input(tape, {1, time, 3 * dim}, values), {1, 0, 0.25});
    for (double v : y.span<double>()) sum += v, squares += (v - 1) * (v - 1);
  }
  const double count = kPasses * time * dim;
  CHECK(sum / count == Approx(1).margin(0.01));
  // Of i + 1 equal weights, kept with 3/4: variance (1/3)/(i + 1); its mean over i is H(64)/64/3.
  CHECK(squares / count == Approx(4.7439 / 64 / 3).epsilon(0.1));
  tape.begin({});
  const Tensor y = attention(make_input(tape, {1, time, 3 * dim}, values), {1, 0, 0.25});
  for (double v : y.span<double>()) CHECK(v == Approx(1));
}

TEST_CASE("a sequence's attention has the same bits beside others, and none of a later token's") {
  constexpr std::int64_t time = 61, dim = 24;
  const auto drawn = draws(3 * time * 3 * dim, 0);
  std::vector<float> values(drawn.begin(), drawn.end());
  Tape whole, single;
  whole.begin({});
  single.begin({});
  const Tensor all = attention(make_input(whole, {3, time, 3 * dim}, values), {3});
  std::vector<float> last(values.end() - time * 3 * dim, values.end());
  // Tokens from 40 on are as large as can be: no earlier output may notice.
  std::fill(last.begin() + 40 * 3 * dim, last.end(), std::numeric_limits<float>::max());
  const Tensor one = attention(make_input(single, {1, time, 3 * dim}, last), {3});
  CHECK(std::equal(one.data<float>(), one.data<float>() + 40 * dim,
                   all.data<float>() + 2 * time * dim));
}

TEST_CASE("attention refuses what does not fit, naming it") {
  Tape tape;
  tape.begin({});
  const Tensor qkv = tape.constant({2, 3, 12}, DType::f32);
  CHECK_THROWS_WITH(attention(tape.constant({2, 3, 10}, DType::f32), {}),
                    "attention: qkv has shape (2, 3, 10), expected (batch, time, 3·dim)");
  CHECK_THROWS_WITH(attention(qkv, {3}), "attention: 3 heads do not divide dim 4");
  CHECK_THROWS_WITH(attention(qkv, {1, -1}), "attention: window is -1, expected 0 (none) or more");
  CHECK_THROWS_WITH(attention(qkv, {1, 0, 1.0}),
                    "attention: dropout is 1, expected a probability below 1");
  const Tensor rows = tape.constant({2, 4, 4}, DType::f32);
  CHECK_THROWS_WITH(attention(qkv, {}, {rows, rows, 2}),
                    "attention: the cache has 4 rows, expected at least 5 for 3 tokens after 2");
}
