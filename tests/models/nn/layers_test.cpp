#include "models/nn/layers.h"

#include <cmath>
#include <vector>

#include "models/nn/parameter_block.h"
#include "models/nn/perceptron.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

// W·x + b, row by row.
std::vector<double> affine(const std::vector<double>& x, const Tensor& weight, const Tensor& bias,
                           std::int64_t first, std::int64_t out) {
  const std::int64_t in = weight.dim(1);
  std::vector<double> y;
  for (std::int64_t o = first; o < first + out; ++o) {
    double sum = bias.data<double>()[o];
    for (std::int64_t i = 0; i < in; ++i) {
      sum += weight.data<double>()[o * in + i] * x[static_cast<std::size_t>(i)];
    }
    y.push_back(sum);
  }
  return y;
}

double gelu(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
}

}  // namespace

TEST_CASE("a linear layer computes activation(W·x + b)") {
  struct Model : Module {
    Model() : Module(nullptr, "") {}
    Linear layer{this, "layer", 5, 3, Activation::tanh, init::normal(1), init::normal(1)};
  } model;
  const ParameterBlock block(model, DType::f64, 3);
  Tape tape;
  tape.begin({});
  const std::vector<double> x = draws(5, 0);
  const Tensor y = model.layer(make_input(tape, {1, 5}, x));
  const auto expected = affine(x, model.layer.weight, model.layer.bias, 0, 3);
  for (int i = 0; i < 3; ++i) {
    CHECK(y.data<double>()[i] == Approx(std::tanh(expected[static_cast<std::size_t>(i)])));
  }
  CHECK(model.layer.in() == 5);
  CHECK(model.layer.out() == 3);
  CHECK(model.layer.weight.decays());
  CHECK_FALSE(model.layer.bias.decays());
}

TEST_CASE("the MLP of a block is two layers with a GELU between them") {
  struct Model : Module {
    Model() : Module(nullptr, "") {}
    Mlp mlp{this, "mlp", 3, 2};
  } model;
  const ParameterBlock block(model, DType::f64, 3);
  CHECK(block.entries()[0].name == "mlp.up.weight");
  CHECK(block.entries()[2].parameter->shape() == Shape{3, 6});
  for (const auto& entry : block.entries()) {
    for (double& v : entry.parameter->value().span<double>()) v = 30 * v + 0.1;
  }
  Tape tape;
  tape.begin({});
  const std::vector<double> x = draws(3, 0);
  const Tensor y = model.mlp(make_input(tape, {1, 3}, x));
  const auto value = [&](std::size_t i) { return block.entries()[i].parameter->value(); };
  std::vector<double> hidden = affine(x, value(0), value(1), 0, 6);
  for (double& v : hidden) v = gelu(v);
  const auto expected = affine(hidden, value(2), value(3), 0, 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(y.data<double>()[i] == Approx(expected[i]));
}

TEST_CASE("a new layer norm only normalizes, and add_and_norm normalizes the sum") {
  struct Model : Module {
    Model() : Module(nullptr, "") {}
    LayerNorm norm{this, "norm", 8};
  } model;
  const ParameterBlock block(model, DType::f64, 3);
  Tape tape;
  tape.begin({});
  const Tensor a = make_input(tape, {2, 8}, draws(16, 0)),
               b = make_input(tape, {2, 8}, draws(16, 1));
  const AddedNorm both = model.norm.add_and_norm(a, b, 0.5);
  const Tensor alone = model.norm(both.sum);
  double sum = 0, squares = 0;
  for (int i = 0; i < 16; ++i) {
    CHECK(both.sum.data<double>()[i] == a.data<double>()[i] + b.data<double>()[i]);
    CHECK(both.normalized.data<double>()[i] == alone.data<double>()[i]);
    sum += alone.data<double>()[i];
    squares += alone.data<double>()[i] * alone.data<double>()[i];
  }
  CHECK(sum == Approx(0).margin(1e-9));
  CHECK(squares == Approx(16).epsilon(1e-3));
}

TEST_CASE("parallel perceptrons match each one alone") {
  struct Model : Module {
    Model() : Module(nullptr, "") {}
    Perceptron both{this, "both", {.in = 4, .dim = 6, .layers = 2, .out = 1, .networks = 2}};
  } model;
  const ParameterBlock block(model, DType::f64, 3);
  Tape tape;
  tape.begin({.record = true});
  const std::vector<double> x = draws(4, 0);
  const Tensor y = model.both(make_input(tape, {1, 4}, x));
  REQUIRE(y.shape() == Shape{1, 2});
  const auto value = [&](std::size_t i) { return block.entries()[i].parameter->value(); };
  for (std::int64_t network = 0; network < 2; ++network) {
    std::vector<double> hidden = x;
    for (std::size_t layer = 0; layer < 3; ++layer) {
      const std::int64_t out = layer < 2 ? 6 : 1;
      hidden = affine(hidden, value(2 * layer), value(2 * layer + 1), network * out, out);
      if (layer == 2) break;
      for (double& v : hidden) v = std::max(v, 0.0);
    }
    CHECK(y.data<double>()[network] == Approx(hidden[0]));
  }
  CHECK(y.requires_gradient());
}

TEST_CASE("frozen perceptrons give gradients to their inputs, but not to their weights") {
  struct Model : Module {
    Model() : Module(nullptr, "") {}
    Perceptron critic{this, "critic", {.in = 4, .dim = 6, .layers = 1, .out = 1}};
  } model;
  const ParameterBlock block(model, DType::f64, 3);
  const Storage gradients = block.make_buffer();
  const Tensor flat(gradients.data(), block.flat().shape(), DType::f64);
  for (const bool frozen : {true, false}) {
    Tape tape;
    tape.begin({.record = true});
    tape.set_parameter_gradients(flat);
    const Tensor x = make_input(tape, {3, 4}, draws(12, 0));
    tape.backward(
        model.critic(x, frozen ? Perceptron::Weights::frozen : Perceptron::Weights::learned));
    double inputs = 0, weights = 0;
    for (const double v : tape.gradient(x).span<double>()) inputs += std::abs(v);
    for (const double v : flat.span<double>()) weights += std::abs(v);
    CHECK(inputs > 0);
    CHECK((weights > 0) == !frozen);
  }
}
