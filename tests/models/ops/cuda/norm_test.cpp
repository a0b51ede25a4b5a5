#include "models/ops/norm.h"

#include <array>

#include "models/ops/dropped_norm.h"
#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

TEST_CASE("layer_norm on CUDA matches the CPU") {
  for (auto [rows, dim] : {std::array{3, 4}, {1, 2}, {9, 33}, {0, 3}, {65, 31}, {257, 128}}) {
    CAPTURE(rows, dim);
    const DeviceComparison compare{.exact = 1e-9};
    CHECK(compare({{rows, dim}, {dim}, {dim}},
                  [](Tape&, const auto& in) { return layer_norm(in[0], in[1], in[2]); }) == "");
    CHECK(compare({{rows, dim}, {dim}}, [](Tape&, const auto& in) {
            return add(in[0], layer_norm(in[0], in[1], in[1]));
          }) == "");
  }
}

TEST_CASE("a layer norm with dropout on CUDA matches the CPU") {
  DeviceComparison compare{.exact = 1e-9};
  compare.pass.seed = 11;
  for (const bool training : {true, false}) {
    compare.pass.training = training;
    for (auto [rows, dim] : {std::array{3, 32}, {9, 64}, {65, 128}, {2, 512}, {0, 128}, {5, 96}}) {
      for (const double p : {0.0, 0.3}) {
        CAPTURE(training, rows, dim, p);
        CHECK(compare({{rows, dim}, {dim}, {dim}}, [&](Tape&, const auto& in) {
                const Tensor y = dropped_norm(in[0], in[1], in[2], p);
                return add(y, dropped_norm(in[0], in[1], in[2], p / 2));
              }) == "");
      }
    }
  }
}

TEST_CASE("a sum with dropout and its layer norm on CUDA match the CPU") {
  DeviceComparison compare{.exact = 1e-9};
  compare.pass.seed = 7;
  for (const bool training : {true, false}) {
    compare.pass.training = training;
    for (auto [rows, dim] : {std::array{3, 32},
                             {9, 64},
                             {65, 128},
                             {2, 384},
                             {3, 512},
                             {0, 128},
                             {5, 96},
                             {4, 33},
                             {2, 1024}}) {
      for (const double p : {0.0, 0.3}) {
        if (!training && p == 0) continue;  // no dropout in either
        CAPTURE(training, rows, dim, p);
        CHECK(compare({{rows, dim}, {rows, dim}, {dim}, {dim}}, [&](Tape&, const auto& in) {
                return add_dropout_norm(in[0], in[1], p, in[2], in[3]).normalized;
              }) == "");
        // The sum is also used further, and so are its terms.
        CHECK(compare({{rows, dim}, {rows, dim}, {dim}, {dim}}, [&](Tape&, const auto& in) {
                const auto [sum, y] = add_dropout_norm(in[0], in[1], p, in[2], in[3]);
                const auto [last, z] = add_dropout_norm(sum, multiply(y, in[1]), p, in[3], in[2]);
                return add(multiply(last, z), add(in[0], y));
              }) == "");
        CHECK(compare({{rows, dim}, {dim}}, [&](Tape&, const auto& in) {
                return add_dropout_norm(in[0], in[0], p, in[1], in[1]).normalized;
              }) == "");
        CHECK(compare({{rows, dim}, {dim}}, [&](Tape&, const auto& in) {
                return add_dropout_norm(in[0].frozen(), in[0], p, in[1], in[1]).normalized;
              }) == "");
        CHECK(compare({{rows, dim}, {dim}}, [&](Tape&, const auto& in) {
                return add_dropout_norm(in[0], in[0].frozen(), p, in[1], in[1]).normalized;
              }) == "");
      }
    }
  }
}

TEST_CASE("a sum with dropout over all shards at once has the masks of separate shards") {
  constexpr std::int64_t batch = 7, shards = 3, time = 5, dim = 64;
  const auto drawn = draws(batch * time * dim, 0);
  const std::vector<float> values(drawn.begin(), drawn.end());
  const auto sum = [&](Tape& tape, std::int64_t samples, const std::vector<float>& x) {
    const Tensor weight = make_constant(tape, {dim}, std::vector<float>(dim, 1.0f));
    const Tensor in = make_constant(tape, {samples, time, dim}, x);
    return values_of<float>(add_dropout_norm(in, in, 0.3, weight, weight).sum);
  };
  Tape whole(Device::cuda);
  whole.begin({.training = true, .seed = 5, .shards = shards, .batch = batch});
  const auto all = sum(whole, batch, values);
  std::int64_t first = 0;
  for (std::int64_t shard = 0; shard < shards; ++shard) {
    const std::int64_t last = batch * (shard + 1) / shards;
    Tape tape(Device::cuda);
    tape.begin({.training = true, .seed = 5, .shard = static_cast<std::uint32_t>(shard)});
    const auto own = sum(tape, last - first,
                         std::vector<float>(values.begin() + first * time * dim,
                                            values.begin() + last * time * dim));
    CHECK(std::equal(own.begin(), own.end(), all.begin() + first * time * dim));
    first = last;
  }
}
