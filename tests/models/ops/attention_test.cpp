#include "models/ops/attention.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "models/ops/cpu/dropout.h"
#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

struct Case {
  std::int64_t batch, time, dim, heads, window;
};

// The scale of the probability of element number `element`; 1 without dropout.
using Scale = std::function<double(std::int64_t element)>;

struct Plain {
  std::vector<double> y, dqkv;
};

// The definition, one query and one key at a time, and its derivative, for the tokens after the
// first `past`; all of qkv is known. Empty dy: no derivative.
Plain plain(
    const Case& c, const std::vector<double>& qkv, const std::vector<double>& dy = {},
    std::int64_t past = 0, const Scale& scale_of = [](std::int64_t) { return 1.0; }) {
  const std::int64_t size = c.dim / c.heads, time = c.time - past;
  const auto cell = [&](std::int64_t b, std::int64_t token, std::int64_t part, std::int64_t h) {
    return static_cast<std::size_t>(((b * c.time + token) * 3 + part) * c.dim + h * size);
  };
  const auto result = [&](std::int64_t b, std::int64_t token, std::int64_t h) {
    return static_cast<std::size_t>((b * c.time + token) * c.dim + h * size);
  };
  const auto dot = [&](const double* x, const double* z) {
    return std::inner_product(x, x + size, z, 0.0);
  };
  const auto add = [&](double* to, double weight, const double* from) {
    for (std::int64_t k = 0; k < size; ++k) to[k] += weight * from[k];
  };
  const double root = 1 / std::sqrt(static_cast<double>(size));
  Plain out{std::vector<double>(qkv.size() / 3), std::vector<double>(qkv.size())};
  for (std::int64_t b = 0; b < c.batch; ++b) {
    for (std::int64_t h = 0; h < c.heads; ++h) {
      for (std::int64_t i = past; i < c.time; ++i) {
        const std::int64_t begin = c.window ? std::max<std::int64_t>(0, i - c.window + 1) : 0;
        const auto count = static_cast<std::size_t>(i + 1 - begin);
        std::vector<double> p(count), scale(count), dp(count);
        double total = 0, mean = 0;
        for (std::size_t n = 0; n < count; ++n) {
          const std::int64_t j = begin + static_cast<std::int64_t>(n), row = i - past;
          total += p[n] = std::exp(root * dot(&qkv[cell(b, i, 0, h)], &qkv[cell(b, j, 1, h)]));
          scale[n] = scale_of((b * c.heads + h) * (time * past + time * (time + 1) / 2) +
                              row * past + row * (row + 1) / 2 + j);
        }
        for (std::size_t n = 0; n < count; ++n) {
          const double* v = &qkv[cell(b, begin + static_cast<std::int64_t>(n), 2, h)];
          p[n] /= total;
          add(&out.y[result(b, i, h)], p[n] * scale[n], v);
          if (!dy.empty()) mean += p[n] * (dp[n] = scale[n] * dot(&dy[result(b, i, h)], v));
        }
        for (std::size_t n = 0; n < count && !dy.empty(); ++n) {
          const std::int64_t j = begin + static_cast<std::int64_t>(n);
          const double ds = p[n] * (dp[n] - mean) * root;
          add(&out.dqkv[cell(b, i, 0, h)], ds, &qkv[cell(b, j, 1, h)]);
          add(&out.dqkv[cell(b, j, 1, h)], ds, &qkv[cell(b, i, 0, h)]);
          add(&out.dqkv[cell(b, j, 2, h)], p[n] * scale[n], &dy[result(b, i, h)]);
        }
      }
    }
  }
  return out;
}

std::vector<double> reference(const std::vector<double>& qkv, std::int64_t batch, std::int64_t time,
                              std::int64_t dim, std::int64_t heads, std::int64_t window) {
  return plain({batch, time, dim, heads, window}, qkv).y;
}

// The tokens after the first `past`, with equally many columns each.
std::vector<double> chunk_of(const Case& c, const std::vector<double>& values, std::int64_t past) {
  std::vector<double> chunk;
  const auto columns = static_cast<std::ptrdiff_t>(values.size()) / (c.batch * c.time);
  for (std::int64_t b = 0; b < c.batch; ++b) {
    chunk.insert(chunk.end(), values.begin() + (b * c.time + past) * columns,
                 values.begin() + (b + 1) * c.time * columns);
  }
  return chunk;
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

constexpr Case kCases[] = {{2, 60, 128, 1, 0}, {1, 1, 1, 1, 0},     {3, 25, 24, 4, 7},
                           {1, 130, 36, 6, 0}, {1, 200, 16, 2, 50}, {2, 49, 40, 8, 1},
                           {0, 5, 4, 2, 0},    {2, 0, 4, 2, 0},     {1, 97, 128, 2, 33}};
// Longer than a tile, with lengths on both sides of its ends.
constexpr Case kLongCases[] = {{1, 129, 10, 2, 0},   {2, 192, 5, 1, 0},   {1, 193, 5, 1, 192},
                               {1, 300, 34, 2, 0},   {1, 385, 7, 1, 0},   {1, 300, 7, 1, 200},
                               {1, 300, 3, 1, 1},    {1, 1000, 5, 1, 0},  {1, 1000, 6, 2, 20},
                               {1, 1000, 5, 1, 200}, {1, 1000, 5, 1, 999}};

// Keys and values of a cache for `rows` tokens.
struct CacheMemory {
  CacheMemory(std::int64_t batch, std::int64_t rows, std::int64_t dim)
      : memory(static_cast<std::size_t>(2 * batch * rows * dim) * sizeof(double)),
        cache{Tensor(memory.data(), {batch, rows, dim}, DType::f64),
              Tensor(memory.data() + memory.bytes() / 2, {batch, rows, dim}, DType::f64), 0} {}
  Storage memory;
  AttentionCache cache;
};

template <typename T>
std::vector<T> as(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

// The gradient of qkv for a result gradient of dy.
template <typename T>
Tensor differentiate(Tape& tape, const Tensor& qkv, const Tensor& y,
                     const std::vector<double>& dy) {
  std::ranges::copy(as<T>(dy), tape.gradient(y).template data<T>());
  tape.run_backward();
  return tape.gradient(qkv);
}

}  // namespace

TEST_CASE("attention is softmax(q·kᵀ/√size)·v over the visible tokens") {
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

TEST_CASE("results and gradients of long sequences match the definition for any window") {
  Tape tape;
  const auto check = [&]<typename T>(const Case& c, double tolerance) {
    CAPTURE(c.batch, c.time, c.dim, c.heads, c.window, tolerance);
    const auto values = draws(c.batch * c.time * 3 * c.dim, 0, -2, 2);
    const auto dy = draws(c.batch * c.time * c.dim, 1);
    const Plain expected = plain(c, values, dy);
    tape.begin({.record = true});
    const Tensor qkv = make_input(tape, {c.batch, c.time, 3 * c.dim}, as<T>(values));
    const Tensor y = attention(qkv, {c.heads, c.window});
    CHECK(deviation<T>(y, expected.y) < tolerance);
    CHECK(deviation<T>(differentiate<T>(tape, qkv, y, dy), expected.dqkv) < 10 * tolerance);
  };
  for (const Case& c : kLongCases) {
    check.template operator()<double>(c, 1e-13);
    check.template operator()<float>(c, 3e-6);
  }
}

TEST_CASE("attention drops the probabilities that the dropout rule selects by their index") {
  Tape tape;
  for (const Case& c : kLongCases) {
    CAPTURE(c.batch, c.time, c.dim, c.heads, c.window);
    const auto values = draws(c.batch * c.time * 3 * c.dim, 0, -2, 2);
    const auto dy = draws(c.batch * c.time * c.dim, 1);
    tape.begin({.record = true, .training = true, .seed = 3, .step = 5});
    cpu::DropoutScales<double> scales(op::DropoutRule({.seed = 3, .step = 5}, 0.3));
    const Plain expected = plain(c, values, dy, 0, [&](std::int64_t element) {
      double found = -1;
      scales(element, 1, [&](std::int64_t, std::int64_t, const double* s) { found = *s; });
      return found;
    });
    const Tensor qkv = make_input(tape, {c.batch, c.time, 3 * c.dim}, values);
    const Tensor y = attention(qkv, {c.heads, c.window, 0.3});
    CHECK(deviation<double>(y, expected.y) < 1e-13);
    CHECK(deviation<double>(differentiate<double>(tape, qkv, y, dy), expected.dqkv) < 1e-12);
  }
}

TEST_CASE("a chunk after a long past matches the whole sequence's results and gradients") {
  for (const auto& [past, chunk, window] : {std::array<std::int64_t, 3>{150, 100, 0},
                                            {500, 1, 0},
                                            {500, 60, 0},
                                            {1, 300, 0},
                                            {250, 250, 200},
                                            {250, 250, 20},
                                            {250, 30, 251},
                                            {400, 20, 390}}) {
    CAPTURE(past, chunk, window);
    const Case c{2, past + chunk, 10, 2, window};
    const auto values = draws(c.batch * c.time * 3 * c.dim, 0, -2, 2);
    const auto dy = draws(c.batch * c.time * c.dim, 1);
    CacheMemory remembered(c.batch, attention_cache_rows(window, past, chunk), c.dim);
    std::vector<double> before;
    for (std::int64_t b = 0; b < c.batch; ++b) {
      const auto from = values.begin() + b * c.time * 3 * c.dim;
      before.insert(before.end(), from, from + past * 3 * c.dim);
    }
    Tape tape;
    tape.begin({});
    attention(make_input(tape, {c.batch, past, 3 * c.dim}, before), {2, window}, remembered.cache);
    remembered.cache.length.number = past;
    tape.begin({.record = true});
    const Tensor qkv = make_input(tape, {c.batch, chunk, 3 * c.dim}, chunk_of(c, values, past));
    const Tensor y = attention(qkv, {2, window}, remembered.cache);
    const Plain expected = plain(c, values, dy, past);
    CHECK(deviation<double>(y, chunk_of(c, expected.y, past)) < 1e-13);
    const Tensor dqkv = differentiate<double>(tape, qkv, y, chunk_of(c, dy, past));
    CHECK(deviation<double>(dqkv, chunk_of(c, expected.dqkv, past)) < 1e-12);
  }
}

TEST_CASE("attention agrees with finite differences") {
  for (const auto& [batch, time, dim, heads, window] : {Case{2, 3, 4, 1, 0},
                                                        {1, 1, 1, 1, 0},
                                                        {1, 27, 6, 3, 0},
                                                        {2, 7, 4, 2, 3},
                                                        {1, 30, 2, 1, 26},
                                                        {0, 3, 2, 1, 0},
                                                        {2, 5, 6, 2, 1},
                                                        {1, 200, 1, 1, 0},
                                                        {1, 200, 1, 1, 150}}) {
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

TEST_CASE("attention adds to existing gradients of its input") {
  for (std::int64_t time : {1, 30, 200}) {
    CAPTURE(time);
    CHECK(GradientCheck{}({{1, time, 3}}, [](Tape&, const auto& inputs) {
            return add(attention(inputs[0], {1, 0}), attention(inputs[0], {1, 20}));
          }) == "");
  }
}

TEST_CASE("a chunk after others matches the whole sequence, and has correct gradients") {
  for (std::int64_t window : {0, 1, 5, 26, 100}) {
    for (std::int64_t chunk : {1, 2, 7, 30, 40}) {
      CAPTURE(window, chunk);
      constexpr std::int64_t batch = 2, time = 70, dim = 6;
      const auto values = draws(batch * time * 3 * dim, 0, -2, 2);
      const auto expected = reference(values, batch, time, dim, 2, window);
      const std::int64_t capacity = attention_cache_rows(window, time, 0);
      CacheMemory remembered(batch, capacity, dim);
      const Storage& memory = remembered.memory;
      AttentionCache& cache = remembered.cache;
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
      // The check evaluates many times, each time from a copy of the same cache.
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

TEST_CASE("attention's dropout preserves the expectation and is off outside training") {
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
  // For i + 1 equal weights, kept with 3/4: variance (1/3)/(i + 1); its mean over i is H(64)/64/3.
  CHECK(squares / count == Approx(4.7439 / 64 / 3).epsilon(0.1));
  tape.begin({});
  const Tensor y = attention(make_input(tape, {1, time, 3 * dim}, values), {1, 0, 0.25});
  for (double v : y.span<double>()) CHECK(v == Approx(1));
}

TEST_CASE("attention has the same bits with other sequences and with other later tokens") {
  constexpr std::int64_t time = 61, dim = 24;
  const auto drawn = draws(3 * time * 3 * dim, 0);
  std::vector<float> values(drawn.begin(), drawn.end());
  Tape whole, single;
  whole.begin({});
  single.begin({});
  const Tensor all = attention(make_input(whole, {3, time, 3 * dim}, values), {3});
  std::vector<float> last(values.end() - time * 3 * dim, values.end());
  // Tokens from 40 on have the largest values; no earlier output may change.
  std::fill(last.begin() + 40 * 3 * dim, last.end(), std::numeric_limits<float>::max());
  const Tensor one = attention(make_input(single, {1, time, 3 * dim}, last), {3});
  CHECK(std::equal(one.data<float>(), one.data<float>() + 40 * dim,
                   all.data<float>() + 2 * time * dim));
}

TEST_CASE("attention rejects invalid arguments and names them") {
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
