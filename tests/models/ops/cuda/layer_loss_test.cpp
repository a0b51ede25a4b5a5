#include "models/ops/layer_loss.h"

#include <array>
#include <limits>

#include "models/ops/cuda/loss.h"
#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"
#include "tests/models/cuda/device_under_test.h"

using namespace seqrl;

namespace {

// With targets and a mask that makes the second row padding.
template <typename T>
Tensor loss_of(Tape& tape, const std::vector<Tensor>& in, Activation activation, double count) {
  const std::int64_t rows = in[0].dim(0), out = in[1].dim(0);
  std::vector<T> mask(static_cast<std::size_t>(rows), T(1));
  std::vector<T> target(static_cast<std::size_t>(rows * out), T(0.25));
  if (rows > 1) {
    mask[1] = 0;
    target[static_cast<std::size_t>(out)] = std::numeric_limits<T>::quiet_NaN();
  }
  return linear_squared_error(in[0], in[1], in[2], activation,
                              make_constant(tape, {rows, out}, target),
                              make_constant(tape, {rows}, mask), count);
}

// 6000 rows of 3 and 70 of 300: two blocks.
constexpr std::array<int, 3> kLayerSizes[] = {{3, 2, 4},    {1, 1, 1},    {0, 2, 3},  {40, 5, 3},
                                              {6000, 2, 3}, {70, 3, 300}, {33, 4, 40}};

struct Pieces {
  std::vector<double> loss, x, weight, bias;
};

// The loss, and its gradients with the loss as the differentiated result.
Pieces differentiated(Device device, const std::array<int, 3>& size, Activation activation) {
  const auto [rows, in, out] = size;
  Tape tape(device);
  tape.begin({.record = true});
  std::vector<Tensor> inputs;
  for (const Shape& shape : {Shape{rows, in}, Shape{out, in}, Shape{out}}) {
    const Tensor& input = inputs.emplace_back(tape.output(shape, DType::f64));
    write<double>(draws(input.size(), static_cast<std::uint32_t>(inputs.size())), input);
  }
  const Tensor loss = loss_of<double>(tape, inputs, activation, 7);
  tape.backward(loss);
  const auto gradient = [&](int i) {
    return values_of<double>(tape.gradient(inputs[static_cast<std::size_t>(i)]));
  };
  return {values_of<double>(loss), gradient(0), gradient(1), gradient(2)};
}

void check_close(const std::vector<double>& ours, const std::vector<double>& expected) {
  REQUIRE(ours.size() == expected.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    REQUIRE(ours[i] == Approx(expected[i]).epsilon(1e-10).margin(1e-12));
  }
}

}  // namespace

TEST_CASE("a layer's squared error on CUDA matches the CPU for any gradient") {
  for (const Activation activation : {Activation::none, Activation::tanh, Activation::silu}) {
    for (const auto& size : kLayerSizes) {
      const auto [rows, in, out] = size;
      CAPTURE(static_cast<int>(activation), rows, in, out);
      const std::vector<Shape> shapes = {{rows, in}, {out, in}, {out}};
      const auto loss = [&](Tape& tape, const auto& given, double count) {
        return dispatch(given[0].dtype(),
                        [&]<typename T>(T) { return loss_of<T>(tape, given, activation, count); });
      };
      CHECK(DeviceComparison{}(
                shapes, [&](Tape& tape, const auto& given) { return loss(tape, given, 7); }) == "");
      CHECK(DeviceComparison{}(shapes, [&](Tape& tape, const auto& given) {
              return add(loss(tape, given, 5), loss(tape, given, 3));
            }) == "");
      CHECK(DeviceComparison{.pass = {.record = false}}(
                shapes, [&](Tape& tape, const auto& given) { return loss(tape, given, 7); }) == "");
    }
  }
}

TEST_CASE("a layer's squared error given to backward() on CUDA has the CPU's gradients") {
  if (!emulated()) return;  // in float64
  for (const auto& size : kLayerSizes) {
    const auto [rows, in, out] = size;
    CAPTURE(rows, in, out);
    const Pieces expected = differentiated(Device::cpu, size, Activation::tanh);
    const Pieces ours = differentiated(Device::cuda, size, Activation::tanh);
    check_close(ours.loss, expected.loss);
    check_close(ours.x, expected.x);
    check_close(ours.weight, expected.weight);
    check_close(ours.bias, expected.bias);
  }
}

TEST_CASE("a layer's squared error is divided by a count on the device") {
  const Storage number(sizeof(float), Device::cuda);
  const Tensor count(number.data(), {1}, DType::f32, Device::cuda);
  write<float>(std::array{4.0f}, count);
  Tape tape(Device::cuda);
  tape.begin({});
  const Tensor x = make_constant(tape, {2, 1}, std::vector<float>{1, 3});
  const Tensor weight = make_constant(tape, {1, 1}, std::vector<float>{2});
  const Tensor target = make_constant(tape, {2, 1}, std::vector<float>{1, 4});
  const Tensor mask = make_constant(tape, {2}, std::vector<float>{1, 1});
  const auto loss = linear_squared_error(x, weight, {}, Activation::none, target, mask, count);
  CHECK(values_of<float>(loss)[0] == Approx((1.0 + 4) / 4));
}

TEST_CASE("blocks of a layer's squared error cover every row once") {
  for (const std::int64_t rows : {0, 1, 5461, 5462, 100000, 1 << 24}) {
    for (const std::int64_t dim : {1, 3, 40000}) {
      const cuda::RowParts parts = cuda::activated_parts(rows, dim);
      CHECK(parts.count >= 1);
      CHECK(parts.count <= 256);
      CHECK(parts.count * parts.length >= rows);
      CHECK((rows == 0 || (parts.count - 1) * parts.length < rows));
    }
  }
}
