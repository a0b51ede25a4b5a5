#include "models/backbones/state.h"

#include <numeric>
#include <vector>

#include "tests/catch.h"

using namespace seqrl;

namespace {

// Counts up from `first` through a tensor's elements.
void fill(const Tensor& tensor, float first) {
  const auto values = tensor.span<float>();
  std::iota(values.begin(), values.end(), first);
}

std::vector<float> state_values(const Tensor& tensor) {
  const auto all = tensor.span<float>();
  return {all.begin(), all.end()};
}

}  // namespace

TEST_CASE("a state starts with zeros and has a tensor for each shape of a layer") {
  State state(3, DType::f32);
  state.add_layer({{4}, {2, 5}});
  state.add_layer({{}});
  REQUIRE(state.layers() == 2);
  CHECK(state.layer(0)[0].shape() == Shape{3, 4});
  CHECK(state.layer(0)[1].shape() == Shape{3, 2, 5});
  CHECK(state.layer(1)[0].shape() == Shape{3});
  CHECK(state.bytes() == 4 * (12 + 30 + 3));
  CHECK(state_values(state.layer(0)[0]) == std::vector<float>(12, 0));
  CHECK_THROWS_AS(state.layer(2), Error);
}

TEST_CASE("a state counts tokens, and reports whether its position was used") {
  State state(1, DType::f32);
  state.add_layer({{1}});
  state.advance(3);
  state.advance(2);
  CHECK_FALSE(state.depends_on_length());
  CHECK(state.length() == 5);
  CHECK(state.position().number == 5);
  CHECK(state.depends_on_length());
}

TEST_CASE("keep and select choose sequences in all layers, in order") {
  State state(4, DType::f32);
  state.add_layer({{2}});
  state.add_layer({{1, 2}});
  fill(state.layer(0)[0], 0);
  fill(state.layer(1)[0], 100);
  state.advance(7);
  const std::vector<std::int64_t> rows = {1, 3};
  const State part = state.select(rows);
  CHECK(part.batch() == 2);
  CHECK(part.length() == 7);
  CHECK(state_values(part.layer(0)[0]) == std::vector<float>{2, 3, 6, 7});
  CHECK(state_values(part.layer(1)[0]) == std::vector<float>{102, 103, 106, 107});
  CHECK(state.batch() == 4);

  const void* place = state.layer(0)[0].raw();
  state.keep(rows);
  CHECK(state.layer(0)[0].raw() == place);
  CHECK(state.layer(1)[0].shape() == Shape{2, 1, 2});
  CHECK(state_values(state.layer(0)[0]) == state_values(part.layer(0)[0]));
  CHECK(state_values(state.layer(1)[0]) == state_values(part.layer(1)[0]));
  const std::vector<std::int64_t> backwards = {1, 0};
  CHECK_THROWS_AS(state.keep(backwards), Error);
}

TEST_CASE("reserve adds rows, and keeps the contents of each sequence") {
  State state(2, DType::f32);
  state.add_layer({{2, 3}});
  fill(state.layer(0)[0], 0);
  state.reserve(0, 3);
  const Tensor grown = state.layer(0)[0];
  CHECK(grown.shape() == Shape{2, 4, 3});  // twice as long
  const std::vector<float> all = state_values(grown);
  CHECK(std::vector<float>(all.begin(), all.begin() + 6) == std::vector<float>{0, 1, 2, 3, 4, 5});
  CHECK(std::vector<float>(all.begin() + 12, all.begin() + 18) ==
        std::vector<float>{6, 7, 8, 9, 10, 11});
  state.reserve(0, 4);
  CHECK(state.layer(0)[0].raw() == grown.raw());
}

TEST_CASE("a recording tape copies the state, which is overwritten later") {
  const Storage memory(2 * sizeof(float));
  const Tensor remembered(memory.data(), {1, 2}, DType::f32);
  fill(remembered, 1);
  Tape tape;
  tape.begin({});
  CHECK(state_input(tape, remembered).raw() == remembered.raw());
  tape.begin({.record = true});
  const Tensor kept = state_input(tape, remembered);
  fill(remembered, 9);
  CHECK(state_values(kept) == std::vector<float>{1, 2});
}
