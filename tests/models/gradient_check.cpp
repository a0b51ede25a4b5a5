#include "tests/models/gradient_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "configs/base/random.h"

namespace seqrl {

std::vector<double> draws(std::int64_t count, std::uint32_t index, double low, double high) {
  Random random(1, Purpose::test, 0, index);
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& value : values) value = random.uniform(low, high);
  return values;
}

template <typename T>
Tensor make_input(Tape& tape, Shape shape, const std::vector<T>& values) {
  const Tensor input = tape.output(shape, dtype_of<T>());
  std::ranges::copy(values, input.data<T>());
  return input;
}
template Tensor make_input<float>(Tape&, Shape, const std::vector<float>&);
template Tensor make_input<double>(Tape&, Shape, const std::vector<double>&);

std::string GradientCheck::operator()(const std::vector<Shape>& shapes,
                                      const Function& function) const {
  std::vector<std::vector<double>> values;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    values.push_back(draws(shapes[i].size(), static_cast<std::uint32_t>(i), low, high));
  }
  Tape tape;
  std::vector<double> weights;
  const auto evaluate = [&](bool differentiate, std::vector<std::vector<double>>* gradients) {
    Pass now = pass;
    now.record = differentiate;
    tape.begin(now);
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      inputs.push_back(make_input(tape, shapes[i], values[i]));
    }
    const Tensor y = function(tape, inputs);
    if (weights.empty()) weights = draws(y.size(), 1000, 0.5, 1.5);
    double loss = 0;
    for (std::int64_t i = 0; i < y.size(); ++i) {
      loss += weights[static_cast<std::size_t>(i)] * y.data<double>()[i];
    }
    if (gradients) {
      std::ranges::copy(weights, tape.sink(y).tensor.data<double>());
      tape.run_backward();
      for (const Tensor& input : inputs) {
        const auto gradient = tape.gradient(input).span<double>();
        gradients->emplace_back(gradient.begin(), gradient.end());
      }
    }
    return loss;
  };
  std::vector<std::vector<double>> gradients;
  evaluate(true, &gradients);
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values[i].size(); ++j) {
      const double at = values[i][j];
      values[i][j] = at + eps;
      const double above = evaluate(false, nullptr);
      values[i][j] = at - eps;
      const double below = evaluate(false, nullptr);
      values[i][j] = at;
      const double numeric = (above - below) / (2 * eps), ours = gradients[i][j];
      if (!(std::abs(ours - numeric) <= atol + rtol * std::abs(numeric))) {
        return fmt::format("input {} element {}: gradient {}, finite difference {}", i, j, ours,
                           numeric);
      }
    }
  }
  return "";
}

}  // namespace seqrl
