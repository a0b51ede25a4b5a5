#include "models/training/optimizer.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "tests/catch.h"
#include "tests/thread_ranks.h"

using namespace seqrl;

namespace {

struct Numbers : Module {
  explicit Numbers(Decay decay = Decay::no)
      : Module(nullptr, ""), p(this, "p", {40000}, init::ones(), decay) {}
  Parameter p;
};

}  // namespace

TEST_CASE("AdamW matches PyTorch's arithmetic") {
  // torch.optim.AdamW([p], lr=0.1, weight_decay=0.5), gradient p² + 1, p from 1: after each step.
  struct Model : Module {
    Model() : Module(nullptr, "") {}
    Parameter p{this, "p", {1}, init::ones(), Decay::yes};
  } model;
  ParameterBlock block(model, DType::f64, 0);
  AdamW optimizer(block, {.weight_decay = 0.5, .clip = 0});
  ThreadPool pool(1);
  Storage buffer = block.make_buffer();
  const Tensor gradient(buffer.data(), block.flat().shape(), DType::f64);
  double p = 1, m = 0, v = 0;
  for (int t = 1; t <= 5; ++t) {
    const double g = p * p + 1;
    p -= 0.1 * 0.5 * p;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    p -= 0.1 / (1 - std::pow(0.9, t)) * m / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
    gradient.data<double>()[0] = g;
    optimizer.step(std::span(&gradient, 1), 0.1, pool);
    CHECK(model.p.value().data<double>()[0] == Approx(p).epsilon(1e-12));
  }
}

TEST_CASE("gradients of shards are summed, clipped to the norm and cleared") {
  // Two shards of 0.5 each: a gradient of 1 everywhere, its norm 200; clipped to 2, 0.01 each.
  Numbers model, expected;
  const ParameterBlock block(model, DType::f64, 0), other(expected, DType::f64, 0);
  AdamW clipped(block, {.weight_decay = 0, .clip = 2}),
      plain(other, {.weight_decay = 0, .clip = 0});
  ThreadPool pool(2);
  const Storage a = block.make_buffer(), b = block.make_buffer(), c = block.make_buffer();
  const auto filled = [](const Storage& memory, const ParameterBlock& of, double value) {
    const Tensor gradient(memory.data(), of.flat().shape(), DType::f64);
    for (double& v : gradient.span<double>()) v = value;
    return gradient;
  };
  const std::vector<Tensor> shards = {filled(a, block, 0.5), filled(b, block, 0.5)};
  const Tensor whole = filled(c, other, 2 / (200 + 1e-6));
  CHECK(clipped.step(shards, 0.1, pool) == Approx(200));
  CHECK(plain.step(std::span(&whole, 1), 0.1, pool) == Approx(2));
  CHECK(model.p.value().data<double>()[39999] == expected.p.value().data<double>()[39999]);
  for (const Tensor& shard : shards) {
    for (const double v : shard.span<double>()) REQUIRE(v == 0);
  }
}

TEST_CASE("a non-finite gradient updates nothing and is cleared") {
  Numbers model;
  const ParameterBlock block(model, DType::f32, 0);
  AdamW optimizer(block, {});
  ThreadPool pool(1);
  const Storage memory = block.make_buffer();
  const Tensor gradient(memory.data(), block.flat().shape(), DType::f32);
  gradient.data<float>()[777] = std::numeric_limits<float>::infinity();
  CHECK_FALSE(std::isfinite(optimizer.step(std::span(&gradient, 1), 0.1, pool)));
  CHECK(optimizer.updates() == 0);
  CHECK(model.p.value().data<float>()[777] == 1);
  CHECK(gradient.data<float>()[777] == 0);
}

TEST_CASE("polyak_update moves a target part of the way to the parameters") {
  Numbers model, slow;
  const ParameterBlock block(model, DType::f64, 0), target(slow, DType::f64, 0);
  const AdamW optimizer(block, {});
  ThreadPool pool(2);
  for (double& v : model.p.value().span<double>()) v = 3;
  optimizer.polyak_update(target, 0.25, pool);
  CHECK(slow.p.value().data<double>()[0] == 1.5);
  CHECK(slow.p.value().data<double>()[39999] == 1.5);
  CHECK(model.p.value().data<double>()[0] == 3);
}

TEST_CASE("each rank stores the moments of its own parameters, and rank 0 gathers them all") {
  constexpr std::int64_t kSize = 40000;  // three pieces
  constexpr int kRanks = 3;
  std::vector<std::int64_t> sizes(kRanks), firsts(kRanks);
  std::vector<int> whole(kRanks);
  ThreadRanks(kRanks).run([&](Communicator& ranks) {
    Numbers model;
    const ParameterBlock block(model, DType::f64, 0);
    AdamW optimizer(block, {.clip = 0}, ranks);
    const auto rank = static_cast<std::size_t>(ranks.rank());
    sizes[rank] = optimizer.first_moment().size();
    firsts[rank] = optimizer.first();
    if (optimizer.second_moment().size() != sizes[rank]) std::abort();
    const Storage memory = block.make_buffer();
    const Tensor gradient(memory.data(), block.flat().shape(), DType::f64);
    for (std::int64_t i = 0; i < kSize; ++i) {
      gradient.data<double>()[i] = static_cast<double>(i * (ranks.rank() + 1));
    }
    ThreadPool pool(1);
    optimizer.step({&gradient, 1}, 0.1, pool, kRanks);
    const AdamW::Moments all = optimizer.gather_moments();
    whole[rank] = all.first.defined() && all.second.defined();
    if (!whole[rank]) return;
    for (std::int64_t i = 0; i < kSize; ++i) {
      const auto sum = static_cast<double>(i * (1 + 2 + 3));
      if (all.first.data<double>()[i] != (1 - 0.9) * sum) std::abort();
      if (all.second.data<double>()[i] != (1 - 0.999) * sum * sum) std::abort();
    }
  });
  CHECK(firsts == std::vector<std::int64_t>{0, 1 << 14, 2 << 14});
  CHECK(sizes == std::vector<std::int64_t>{1 << 14, 1 << 14, kSize - (2 << 14)});
  CHECK(whole == std::vector<int>{1, 0, 0});
}
