#include "models/ops/linear.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/nn/packed_weights.h"
#include "models/ops/activation.h"
#include "models/ops/rearrange.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("linear agrees with finite differences") {
  for (Activation activation : {Activation::none, Activation::relu, Activation::gelu,
                                Activation::silu, Activation::tanh, Activation::sigmoid}) {
    for (auto [rows, in, out] :
         {std::array{3, 4, 5}, {1, 1, 1}, {7, 33, 17}, {0, 3, 2}, {2, 0, 3}}) {
      CHECK(GradientCheck{}({{rows, in}, {out, in}, {out}}, [&](Tape&, const auto& inputs) {
              return linear(inputs[0], inputs[1], inputs[2], activation);
            }) == "");
    }
  }
}

TEST_CASE("grouped_linear agrees with finite differences, and matches its groups one by one") {
  for (auto [rows, groups, in, out] :
       {std::array{3, 2, 4, 5}, {1, 1, 1, 1}, {7, 3, 33, 17}, {0, 2, 3, 2}, {2, 2, 0, 3}}) {
    CHECK(GradientCheck{}({{rows, groups * in}, {groups * out, in}, {groups * out}},
                          [&, n = groups](Tape&, const auto& inputs) {
                            return grouped_linear(inputs[0], inputs[1], inputs[2], n,
                                                  Activation::tanh);
                          }) == "");
  }
  Tape tape;
  tape.begin({});
  const Tensor x = make_input(tape, {5, 2 * 7}, draws(5 * 14, 0));
  const Tensor weight = make_input(tape, {2 * 32, 7}, draws(64 * 7, 1));
  const Tensor bias = make_input(tape, {2 * 32}, draws(64, 2));
  const Tensor both = grouped_linear(x, weight, bias, 2);
  for (std::int64_t group : {0, 1}) {
    const Tensor alone = linear(slice_last(x, 7 * group, 7),
                                Tensor(weight.data<double>() + group * 32 * 7, {32, 7}, DType::f64),
                                Tensor(bias.data<double>() + group * 32, {32}, DType::f64));
    const Tensor part = slice_last(both, 32 * group, 32);
    CHECK(std::equal(part.data<double>(), part.data<double>() + part.size(), alone.data<double>()));
  }
}

TEST_CASE("a frozen tensor is a constant to the tape") {
  CHECK(GradientCheck{}({{2, 3}}, [](Tape& tape, const auto& in) {
          const Tensor weight = make_input(tape, {4, 3}, draws(12, 3)).frozen();
          return linear(in[0], weight, {});
        }) == "");
  Tape tape;
  tape.begin({.record = true});
  const Tensor x = make_input(tape, {2, 3}, draws(6, 0));
  CHECK(x.requires_gradient());
  CHECK(!x.frozen().requires_gradient());
  CHECK(x.frozen().raw() == x.raw());
}

TEST_CASE("linear rejects shapes that do not match and names both") {
  Tape tape;
  tape.begin({});
  const Tensor x = tape.constant({2, 3}, DType::f32), w = tape.constant({4, 5}, DType::f32);
  CHECK_THROWS_WITH(linear(x, w, {}), "linear: weight has shape (4, 5), expected (4, 3)");
}

TEST_CASE("a row's result does not depend on other rows, packed or not") {
  struct Model : Module {
    Model() : Module(nullptr, "") {}
    Parameter weight{this, "weight", {45, 37}, init::normal(1), Decay::yes};
    Parameter bias{this, "bias", {45}, init::normal(1), Decay::no};
  } model;
  const ParameterBlock block(model, DType::f32, 1);
  const PackedWeights packed(block, true);
  const auto values = draws(29 * 37, 0);
  const std::vector<float> input(values.begin(), values.end());

  Tape whole, single;
  whole.begin({});
  whole.set_packed_weights(&packed);
  const Tensor all = linear(make_input(whole, {29, 37}, input), model.weight, model.bias);
  for (int row = 0; row < 29; ++row) {
    single.begin({});
    const std::vector<float> one(input.begin() + row * 37, input.begin() + (row + 1) * 37);
    const Tensor y = linear(make_input(single, {1, 37}, one), model.weight, model.bias);
    CHECK(std::equal(y.data<float>(), y.data<float>() + 45, all.data<float>() + row * 45));
  }
}

TEST_CASE("packed and unpacked weights give bit-identical gradients, also for deep products") {
  struct Model : Module {
    Model() : Module(nullptr, "") {}
    Parameter weight{this, "weight", {45, 600}, init::normal(1), Decay::yes};
  } model;
  const ParameterBlock block(model, DType::f32, 1);
  const PackedWeights packed(block, true);
  const auto values = draws(13 * 600, 0);
  const std::vector<float> input(values.begin(), values.end());
  const auto gradients = [&](const PackedWeights* weights) {
    Tape tape;
    const Storage storage = block.make_buffer();
    tape.begin({.record = true});
    tape.set_packed_weights(weights);
    tape.set_parameter_gradients(Tensor(storage.data(), block.flat().shape(), DType::f32));
    const Tensor x = make_input(tape, {13, 600}, input);
    tape.backward(linear(x, model.weight, {}, Activation::gelu));
    const auto dx = tape.gradient(x).span<float>();
    std::vector<float> all(dx.begin(), dx.end());
    const auto* dw = reinterpret_cast<const float*>(storage.data());
    all.insert(all.end(), dw, dw + 45 * 600);
    return all;
  };
  CHECK(gradients(&packed) == gradients(nullptr));
}
TEST_CASE("a fused activation over blocks of rows matches a separate one, including gradients") {
  struct Model : Module {
    Model() : Module(nullptr, "") {}
    Parameter weight{this, "weight", {45, 37}, init::normal(1), Decay::yes};
    Parameter bias{this, "bias", {45}, init::normal(1), Decay::no};
  } model;
  const ParameterBlock block(model, DType::f64, 1);
  const PackedWeights packed(block, true);
  const auto input = draws(101 * 37, 0);
  const auto values = [&](Activation activation, bool apart) {
    Tape tape;
    const Storage storage = block.make_buffer();
    tape.begin({.record = true});
    tape.set_packed_weights(&packed);
    tape.set_parameter_gradients(Tensor(storage.data(), block.flat().shape(), DType::f64));
    const Tensor x = make_input(tape, {101, 37}, input);
    const Tensor y =
        apart ? activate(linear(x, model.weight, model.bias, Activation::none), activation)
              : linear(x, model.weight, model.bias, activation);
    std::vector<double> all(y.data<double>(), y.data<double>() + y.size());
    tape.backward(y);
    const auto dx = tape.gradient(x).span<double>();
    all.insert(all.end(), dx.begin(), dx.end());
    const auto* dw = reinterpret_cast<const double*>(storage.data());
    all.insert(all.end(), dw, dw + block.flat().size());
    return all;
  };
  for (Activation activation : {Activation::relu, Activation::gelu, Activation::silu,
                                Activation::tanh, Activation::sigmoid}) {
    const auto together = values(activation, false), apart = values(activation, true);
    double largest = 0;
    for (std::size_t i = 0; i < apart.size(); ++i) {
      largest = std::max(largest, std::abs(together[i] - apart[i]));
    }
    CHECK(largest < 1e-12);
  }
}
