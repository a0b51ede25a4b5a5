#include "models/ops/cuda/gemm.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "models/ops/cpu/activation.h"
#include "models/ops/cpu/gemm.h"
#include "models/ops/cuda/blas/report.h"
#include "models/ops/matrix_product.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"
#include "tests/models/cuda/device_under_test.h"

using namespace seqrl;

namespace {

// Parallel products in rows of x (rows, count·in) and y (rows, count·out), as in a layer of groups:
// y = activation(bias + x·Wᵀ).
struct Layers {
  std::int64_t rows, in, out, count;
  Activation activation = Activation::none;
  bool keeps = false;
  std::int64_t skipped = 0;  // elements before each tensor

  static std::vector<float> drawn(std::int64_t size, std::uint32_t stream) {
    const auto values = draws(size, stream);
    return {values.begin(), values.end()};
  }
  std::vector<float> x() const { return drawn(rows * count * in, 1); }
  std::vector<float> weight() const { return drawn(count * out * in, 2); }
  std::vector<float> bias() const { return drawn(count * out, 3); }

  std::vector<float> on_cpu(const std::vector<float>& x, std::vector<float>& before) const {
    const std::vector<float> w = weight(), b = bias();
    before.resize(static_cast<std::size_t>(rows * count * out));
    for (std::int64_t i = 0; i < count; ++i) {
      cpu::gemm<float>(rows, out, in, {x.data() + i * in, count * in, 1},
                       op::transposed(w.data() + i * out * in, in), before.data() + i * out,
                       count * out, op::Start::bias, b.data() + i * out);
    }
    std::vector<float> y = before;
    cpu::activate(activation, std::ssize(y), before.data(), y.data());
    return y;
  }

  std::vector<float> on_cuda(const std::vector<float>& x, std::vector<float>& before) const {
    Tape tape(Device::cuda);
    tape.begin({});
    const auto room = [&](std::int64_t size) {
      const Tensor whole = tape.constant({skipped + size}, DType::f32);
      return Tensor(whole.data<float>() + skipped, {size}, DType::f32, Device::cuda);
    };
    const auto copied = [&](const std::vector<float>& values) {
      const Tensor to = room(std::ssize(values));
      write<float>(values, to);
      return to;
    };
    const Tensor on_x = copied(x), w = copied(weight()), b = copied(bias()),
                 y = room(rows * count * out), kept = room(rows * count * out);
    const auto multiply = [&] {
      cuda::matmul<float>({.m = rows,
                           .n = out,
                           .k = in,
                           .a = {on_x.data<float>(), count * in, 1},
                           .b = op::transposed(w.data<float>(), in),
                           .c = y.data<float>(),
                           .c_stride = count * out,
                           .start = op::Start::bias,
                           .bias = b.data<float>(),
                           .count = count,
                           .a_step = in,
                           .b_step = out * in,
                           .c_step = out,
                           .bias_step = out,
                           .activation = activation,
                           .before = keeps ? kept.data<float>() : nullptr});
    };
    multiply();
    if (keeps) before = values_of<float>(kept);
    const std::vector<float> result = values_of<float>(y);
    const auto graph = runtime_of(Device::cuda).capture(multiply);
    steps = graph->size();
    write<float>(std::vector<float>(result.size()), y);
    graph->replay();
    const std::vector<float> again = values_of<float>(y);
    CHECK(std::memcmp(again.data(), result.data(), result.size() * sizeof(float)) == 0);
    return result;
  }

  void check(double tolerance = 1e-5) const {
    CAPTURE(rows, in, out, count, static_cast<int>(activation), keeps, skipped);
    std::vector<float> expected_before, before;
    const auto expected = on_cpu(x(), expected_before), ours = on_cuda(x(), before);
    CHECK(furthest(ours, expected) < tolerance);
    if (keeps) CHECK(furthest(before, expected_before) < tolerance);
  }

  static double furthest(const std::vector<float>& a, const std::vector<float>& b) {
    REQUIRE(a.size() == b.size());
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double difference = std::abs(a[i] - b[i]) / std::max(1.0f, std::abs(b[i]));
      if (!(difference <= largest)) largest = difference;
    }
    return largest;
  }

  mutable std::size_t steps = 0;  // kernels and products of the last check
};

}  // namespace

TEST_CASE("parallel products on CUDA match the CPU, with bias and activation") {
  for (const std::int64_t count : {1, 2, 3}) {
    for (const Activation activation : {Activation::none, Activation::relu, Activation::gelu,
                                        Activation::silu, Activation::tanh}) {
      for (const bool keeps : {false, true}) {
        if (keeps && activation == Activation::none) continue;
        for (const std::int64_t skipped : {0, 1, 4}) {
          Layers{5, 3, 8, count, activation, keeps, skipped}.check();
          Layers{33, 16, 12, count, activation, keeps, skipped}.check();
        }
        Layers{1, 1, 1, count, activation, keeps}.check();
        Layers{4, 0, 3, count, activation, keeps}.check();  // only the bias
        Layers{0, 3, 2, count, activation, keeps}.check();
      }
    }
  }
}

#ifdef SEQRL_WITH_CUDA
TEST_CASE("cuBLASLt reports which activations it can fuse into a product") {
  for (const bool keeps : {false, true}) {
    const bool fused = cuda::fuses_activation(Activation::gelu, keeps, 70, 16, 64);
    CHECK((fused || !emulated()));
    CHECK_FALSE(cuda::fuses_activation(Activation::tanh, keeps, 70, 16, 64));
  }
  if (emulated()) CHECK_FALSE(cuda::fuses_activation(Activation::gelu, false, 70, 16, 72));
}

TEST_CASE("a product, its bias and its activation are one kernel if cuBLASLt can fuse them") {
  const auto steps = [](const Layers& layers) {
    layers.check();
    return layers.steps;
  };
  const auto counts = [&](Activation activation, bool keeps, std::int64_t count) {
    return steps({9, 6, 16, count, activation, keeps});
  };
  CHECK(counts(Activation::tanh, false, 1) >= 2);
  if (!emulated()) return;  // a GPU's library may use more pieces, or fuse less
  CHECK(counts(Activation::tanh, false, 1) == 2);
  CHECK(counts(Activation::none, false, 1) == 1);
  CHECK(counts(Activation::relu, false, 1) == 1);
  CHECK(counts(Activation::gelu, false, 1) == 1);
  CHECK(counts(Activation::gelu, true, 1) == 1);
  CHECK(counts(Activation::none, false, 2) == 1);
  CHECK(counts(Activation::relu, false, 2) == 2);
  CHECK(counts(Activation::none, false, 3) == 3);
  // Each plan is probed for whether its activation matches ours.
  CHECK(steps({9, 6, 64, 1, Activation::gelu, true}) == 1);
  CHECK(steps({9, 6, 72, 1, Activation::gelu, true}) == 2);
  CHECK(steps({9, 6, 12, 1, Activation::gelu, true}) == 2);  // its row stride is not allowed
}
#endif

TEST_CASE("activations in a product are exact in every precision, and propagate NaN") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Precision precision : {Precision::float32, Precision::tf32, Precision::bf16}) {
    const ProductPrecision here(precision);
    for (const Activation activation : {Activation::relu, Activation::gelu}) {
      CAPTURE(static_cast<int>(precision), static_cast<int>(activation));
      for (const std::int64_t out : {4, 32, 72}) {
        CAPTURE(out);
        const Layers layers{3, 1, out, 1, activation};
        std::vector<float> before;
        // With no terms but the bias there is nothing to round.
        const auto expected = layers.on_cpu({0, 0, nan}, before);
        const auto ours = layers.on_cuda({0, 0, nan}, before);
        const auto finite = static_cast<std::size_t>(2 * out);
        for (std::size_t i = 0; i < finite; ++i) {
          CHECK(ours[i] == Approx(expected[i]).margin(2e-6));
        }
        for (std::size_t i = finite; i < ours.size(); ++i) CHECK(std::isnan(ours[i]));
      }
    }
  }
}

TEST_CASE("a product that cuBLASLt cannot compute in a lower precision uses float32") {
  for (const Precision precision : {Precision::tf32, Precision::bf16}) {
    const ProductPrecision here(precision);
    for (const Activation activation : {Activation::none, Activation::relu, Activation::tanh}) {
      const Layers odd{33, 5, 7, 1, activation, false, 1};
      odd.check(2e-2);
      if (emulated() && precision == Precision::bf16) odd.check();
    }
  }
}
