#include "models/training/optimizer.h"

#include <limits>

#include "models/ops/cuda/optimizer.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

namespace {

struct Model : Module {
  Model() : Module(nullptr, "") {}
  Parameter weight{this, "weight", {300, 17}, init::normal(1), Decay::yes};
};

// A block, its optimizer, and the inputs of a step.
struct OptimizerSession {
  OptimizerSession(Device device, DType dtype, std::uint64_t seed)
      : block(model, dtype, seed, device),
        optimizer(block, {.clip = 1}),
        memory(block.make_buffer()),
        gradient(memory.data(), block.flat().shape(), dtype, device) {}

  Model model;
  ParameterBlock block;
  AdamW optimizer;
  Storage memory;
  Tensor gradient;
};

}  // namespace

TEST_CASE("AdamW and Polyak updates on CUDA match the CPU in float32 and float64") {
  ThreadPool pool(1);
  const auto check = [&]<typename T>(T) {
    OptimizerSession cuda(Device::cuda, dtype_of<T>(), 1), cpu(Device::cpu, dtype_of<T>(), 1);
    OptimizerSession slow_cuda(Device::cuda, dtype_of<T>(), 2),
        slow_cpu(Device::cpu, dtype_of<T>(), 2);
    const Storage one(sizeof(T), Device::cuda);
    const Tensor loss(one.data(), {1}, dtype_of<T>(), Device::cuda);
    for (std::int64_t step = 0; step < 4; ++step) {
      const std::vector<double> drawn =
          draws(cuda.gradient.size(), static_cast<std::uint32_t>(step));
      const std::vector<T> values(drawn.begin(), drawn.end());
      write<T>(values, cuda.gradient);
      write<T>(values, cpu.gradient);
      cuda.optimizer.set_next_step(step, 1e-2);
      cuda.optimizer.update(cuda.gradient, loss);
      cuda.optimizer.polyak_update(slow_cuda.block, 0.1, pool);
      const double norm = cpu.optimizer.step({&cpu.gradient, 1}, 1e-2, pool);
      cpu.optimizer.polyak_update(slow_cpu.block, 0.1, pool);
      CHECK(cuda.optimizer.state().norm == Approx(norm));
    }
    const double close = dtype_of<T>() == DType::f64 ? 1e-12 : 1e-5;
    for (const auto& [a, b] : {std::pair(&cuda, &cpu), std::pair(&slow_cuda, &slow_cpu)}) {
      const std::vector<T> ours = values_of<T>(a->block.flat());
      const std::vector<T> expected = values_of<T>(b->block.flat());
      for (std::size_t i = 0; i < ours.size(); ++i) {
        REQUIRE(ours[i] == Approx(expected[i]).epsilon(close).margin(close));
      }
    }
  };
  check(float{});
  check(double{});
}

TEST_CASE("an optimizer on CUDA and its Polyak target stop with another optimizer") {
  ThreadPool pool(1);
  OptimizerSession one(Device::cuda, DType::f32, 1), two(Device::cuda, DType::f32, 2);
  OptimizerSession follower(Device::cuda, DType::f32, 3);
  const Storage number(sizeof(float), Device::cuda);
  const Tensor loss(number.data(), {1}, DType::f32, Device::cuda);
  std::vector<float> before, followed;
  for (std::int64_t step = 0; step < 4; ++step) {
    if (step == 2) {
      before = values_of<float>(two.block.flat());
      followed = values_of<float>(follower.block.flat());
      write<float>(std::vector{std::numeric_limits<float>::infinity()}, loss);
    }
    for (OptimizerSession* session : {&one, &two}) session->optimizer.set_next_step(step, 1e-2);
    one.optimizer.update(one.gradient, loss, &two.optimizer);
    write<float>(std::vector{0.5f}, loss);
    two.optimizer.update(two.gradient, loss, &one.optimizer);
    two.optimizer.polyak_update(follower.block, 0.5, pool);
  }
  CHECK(one.optimizer.state().failed == 2);
  CHECK(two.optimizer.state().failed == 2);
  CHECK(two.optimizer.state().loss == 0.5);  // of the last valid step
  CHECK(two.optimizer.updates() == 2);
  CHECK(values_of<float>(two.block.flat()) == before);
  CHECK(values_of<float>(follower.block.flat()) == followed);
}

TEST_CASE("pieces of a gradient's norm cover every element once and are at most 512") {
  for (const std::int64_t n : {0, 1, 4096, 4097, 1 << 20, (1 << 21) + 1, 1 << 30}) {
    const cuda::NormPieces pieces(n);
    CHECK(pieces.count >= 1);
    CHECK(pieces.count <= 512);
    CHECK(pieces.count * pieces.length >= n);
    CHECK((n == 0 || (pieces.count - 1) * pieces.length < n));
    CHECK(cuda::adamw_scratch(n) == pieces.count + 1);
  }
}

TEST_CASE("a device sums gradients bit for bit like the CPU, including denormal numbers") {
  const auto check = [&]<typename T>(T) {
    constexpr std::int64_t kSize = 1037;
    const std::vector<double> drawn = draws(2 * kSize, 3);
    std::vector<T> a(drawn.begin(), drawn.begin() + kSize), b(drawn.begin() + kSize, drawn.end());
    for (std::size_t i = 0; i < 100; ++i) {
      a[i] *= std::numeric_limits<T>::min();
      b[i] *= std::numeric_limits<T>::min();
    }
    std::vector<T> sum(a);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += b[i];
    for (const Device device : {Device::cuda, Device::cpu}) {
      const Storage to(kSize * sizeof(T), device), from(kSize * sizeof(T), device);
      const Tensor x(to.data(), {kSize}, dtype_of<T>(), device),
          y(from.data(), {kSize}, dtype_of<T>(), device);
      write<T>(a, x);
      write<T>(b, y);
      add_and_clear(x, y);
      CHECK(values_of<T>(x) == sum);
      CHECK(values_of<T>(y) == std::vector<T>(kSize));
    }
  };
  check(float{});
  check(double{});
}
