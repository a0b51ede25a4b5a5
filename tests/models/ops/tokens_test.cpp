#include "models/ops/tokens.h"

#include <numeric>
#include <span>
#include <vector>

#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

Tensor make_ids(Tape& tape, Shape shape, std::int64_t bound) {
  const Tensor ids = tape.constant(shape, DType::i32);
  for (std::int64_t i = 0; i < ids.size(); ++i) {
    ids.data<std::int32_t>()[i] = static_cast<std::int32_t>((i * 7 + 1) % bound);
  }
  return ids;
}

}  // namespace

TEST_CASE("embedding, interleave, strided_tokens and last_token agree with finite differences") {
  for (auto [batch, time, dim] : {std::array{2, 3, 4}, {1, 1, 1}, {0, 2, 3}, {3, 5, 7}}) {
    const Shape shape{batch, time, dim};
    CHECK(GradientCheck{}({{6, dim}}, [batch = batch, time = time](Tape& tape, const auto& in) {
            return embedding(in[0], make_ids(tape, {batch, time}, 6));
          }) == "");
    CHECK(GradientCheck{}({shape, shape, shape, shape}, [](Tape&, const auto& in) {
            return interleave({in[0], in[1], in[2]}, in[3]);
          }) == "");
    CHECK(GradientCheck{}({{batch, 3 * time, dim}},
                          [](Tape&, const auto& in) { return strided_tokens(in[0], 3, 1); }) == "");
    CHECK(GradientCheck{}({shape}, [](Tape&, const auto& in) { return last_token(in[0]); }) == "");
  }
}

TEST_CASE("tokens_at, mean_token and compare_pairs agree with finite differences") {
  for (auto [batch, time, dim] : {std::array{2, 3, 4}, {1, 1, 1}, {0, 2, 3}, {3, 5, 7}}) {
    const Shape shape{batch, time, dim};
    for (const std::int64_t count : {0, 5}) {
      if (batch == 0 && count > 0) continue;
      CHECK(
          GradientCheck{}({shape}, [count, batch = batch, time = time](Tape& tape, const auto& in) {
            return tokens_at(in[0], make_ids(tape, {count}, batch * time));
          }) == "");
    }
    CHECK(GradientCheck{}({shape}, [batch = batch, time = time](Tape& tape, const auto& in) {
            const Tensor lengths = make_ids(tape, {batch}, time);
            for (std::int32_t& length : lengths.span<std::int32_t>()) ++length;
            return mean_token(in[0], lengths);
          }) == "");
    CHECK(GradientCheck{}({{2 * batch, dim}},
                          [](Tape&, const auto& in) { return compare_pairs(in[0]); }) == "");
  }
}

TEST_CASE("tokens are selected, averaged over a sequence's length and compared") {
  Tape tape;
  tape.begin({});
  const auto values = [](const Tensor& tensor) {
    return std::vector<double>(tensor.data<double>(), tensor.data<double>() + tensor.size());
  };
  const Tensor x = make_input<double>(tape, {2, 2, 1}, {1, 2, 4, 8});
  const Tensor numbers = tape.constant({2}, DType::i32);
  std::ranges::copy(std::array{2, 1}, numbers.data<std::int32_t>());
  CHECK(values(tokens_at(x, numbers)) == std::vector<double>{4, 2});
  CHECK(values(mean_token(x, numbers)) == std::vector<double>{1.5, 4});
  CHECK(values(compare_pairs(x.reshaped({4, 1}))) ==
        std::vector<double>{1, 2, 2, -1, 4, 8, 32, -4});
  numbers.data<std::int32_t>()[0] = 4;
  CHECK_THROWS_WITH(tokens_at(x, numbers), "tokens_at: row 4 is outside the 4 rows of x");
  CHECK_THROWS_WITH(mean_token(x, numbers), "mean_token: a length is 4, expected 1 to 2");
}

TEST_CASE("interleave keeps the order of a time step's tokens, and strided_tokens separates them") {
  Tape tape;
  tape.begin({});
  const Tensor a = make_input<double>(tape, {1, 2, 1}, {1, 2});
  const Tensor b = make_input<double>(tape, {1, 2, 1}, {10, 20});
  const Tensor shared = make_input<double>(tape, {1, 2, 1}, {100, 200});
  const Tensor tokens = interleave({a, b}, shared);
  const auto values = tokens.span<double>();
  CHECK(std::vector<double>(values.begin(), values.end()) ==
        std::vector<double>{101, 110, 202, 220});
  CHECK(strided_tokens(tokens, 2, 1).data<double>()[1] == 220);
  CHECK(last_token(tokens).data<double>()[0] == 220);
}

TEST_CASE("an id outside the table is rejected") {
  Tape tape;
  tape.begin({});
  const Tensor table = tape.constant({3, 2}, DType::f32), ids = make_ids(tape, {1, 3}, 9);
  CHECK_THROWS_WITH(embedding(table, ids), "embedding: id 8 is outside the table of 3 rows");
}

TEST_CASE("shift_window shifts a window by less and by more than its length") {
  const Storage memory(6 * sizeof(float));
  const Tensor window(memory.data(), {1, 3, 2}, DType::f32);
  Tape tape;
  tape.begin({});
  const auto values = [&] {
    const std::span<float> all = window.span<float>();
    return std::vector<float>(all.begin(), all.end());
  };
  const auto chunk = [&](std::int64_t time, float first) {
    const Tensor x = tape.constant({1, time, 2}, DType::f32);
    std::iota(x.data<float>(), x.data<float>() + x.size(), first);
    return x;
  };
  shift_window(window, chunk(2, 1));
  CHECK(values() == std::vector<float>{0, 0, 1, 2, 3, 4});
  shift_window(window, chunk(1, 5));
  CHECK(values() == std::vector<float>{1, 2, 3, 4, 5, 6});
  shift_window(window, chunk(0, 0));
  CHECK(values() == std::vector<float>{1, 2, 3, 4, 5, 6});
  shift_window(window, chunk(5, 10));
  CHECK(values() == std::vector<float>{14, 15, 16, 17, 18, 19});
}
