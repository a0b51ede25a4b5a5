#include "models/ops/elementwise.h"

#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

namespace {

const Shape kElementShapes[] = {{0}, {1}, {3, 5}, {31}, {33}, {257}, {3, 20, 128}};

}  // namespace

TEST_CASE("sums and products on CUDA match the CPU, also of a tensor with itself") {
  for (const Shape& shape : kElementShapes) {
    CAPTURE(shape.text());
    const DeviceComparison compare{.low = -3, .high = 3};
    for (const auto op : {add, multiply, gate_silu}) {
      CHECK(compare({shape, shape}, [&](Tape&, const auto& in) { return op(in[0], in[1]); }) == "");
      CHECK(compare({shape}, [&](Tape&, const auto& in) { return op(in[0], in[0]); }) == "");
    }
  }
}

TEST_CASE("dropout on CUDA uses the CPU's mask") {
  DeviceComparison compare;
  compare.pass.training = true;
  compare.pass.seed = 7;
  compare.pass.step = 12345678901;
  compare.pass.shard = 3;
  for (const Shape& shape : kElementShapes) {
    CAPTURE(shape.text());
    for (const double p : {0.1, 0.5}) {
      CHECK(compare({shape},
                    [&](Tape&, const auto& in) { return dropout(dropout(in[0], p), p); }) == "");
      CHECK(compare({shape, shape},
                    [&](Tape&, const auto& in) { return add_dropout(in[0], in[1], p); }) == "");
      CHECK(compare({shape}, [&](Tape&, const auto& in) { return add_dropout(in[0], in[0], p); }) ==
            "");
    }
  }
}

TEST_CASE("a pass over all shards on CUDA has the dropout masks of separate shards") {
  for (const auto& [batch, shards, each] :
       {std::array<std::int64_t, 3>{10, 3, 50}, {4, 4, 128}, {7, 1, 33}, {64, 8, 7}, {5, 5, 1}}) {
    CAPTURE(batch, shards, each);
    const std::vector<float> ones(static_cast<std::size_t>(batch * each), 1.0f);
    Tape whole(Device::cuda);
    whole.begin({.training = true, .seed = 5, .step = 9, .shards = shards, .batch = batch});
    const auto all = values_of<float>(dropout(make_constant(whole, {batch, each}, ones), 0.3));
    std::vector<float> expected;
    for (std::int64_t shard = 0; shard < shards; ++shard) {
      const std::int64_t samples = batch * (shard + 1) / shards - batch * shard / shards;
      Tape tape;
      tape.begin(
          {.training = true, .seed = 5, .step = 9, .shard = static_cast<std::uint32_t>(shard)});
      const std::vector<float> part(ones.begin(), ones.begin() + samples * each);
      const auto kept = values_of<float>(dropout(make_constant(tape, {samples, each}, part), 0.3));
      expected.insert(expected.end(), kept.begin(), kept.end());
    }
    CHECK(all == expected);
  }
}
