#include "tests/models/backbones/oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "configs/base/files.h"
#include "models/nn/parameter_block.h"
#include "models/ops/loss.h"
#include "models/training/optimizer.h"
#include "tests/models/gradient_check.h"

namespace seqrl {
namespace {

constexpr double kTolerance = 1e-5;

using Values = std::vector<double>;

class Comparison {
 public:
  Comparison(const nlohmann::json& fixture, const OracleFactory& make, DType dtype)
      : fixture_(fixture), backbone_(make(fixture["config"])), block_(*backbone_, dtype, 1) {
    const std::vector<std::int64_t> shape = fixture["shape"];
    shape_ = {shape[0], shape[1], shape[2]};
  }

  std::string run() {
    try {
      load_parameters();
      pass();
      compare("output", Values(fixture_["output"]), y_);
      compare("gradient of the input", Values(fixture_["input_gradient"]), tape_.gradient(x_));
      for (const auto& [name, parameter, offset] : block_.entries()) {
        const Tensor gradient(static_cast<std::byte*>(gradient_.raw()) +
                                  static_cast<std::size_t>(offset) * size_of(block_.dtype()),
                              parameter->shape(), block_.dtype());
        compare("gradient of " + name, Values(fixture_["gradients"][name]), gradient);
      }
      train();
      return "";
    } catch (const std::exception& error) {
      return fmt::format("{}: {}", name_of(block_.dtype()), error.what());
    }
  }

 private:
  void load_parameters() {
    const std::set<std::string> decayed = fixture_["decayed"];
    SEQRL_REQUIRE(fixture_["parameters"].size() == block_.entries().size(),
                  "PyTorch has {} parameters, seqrl {}", fixture_["parameters"].size(),
                  block_.entries().size());
    for (const auto& [name, parameter, offset] : block_.entries()) {
      SEQRL_REQUIRE(fixture_["parameters"].contains(name), "PyTorch has no parameter {}", name);
      SEQRL_REQUIRE(parameter->decays() == decayed.contains(name), "weight decay of {} differs",
                    name);
      fill(parameter->value(), fixture_["parameters"][name]);
    }
  }

  // One forward and backward pass; the parameters' gradients start at zero.
  double pass() {
    tape_.begin({.record = true});
    std::memset(gradient_.raw(), 0, gradient_.bytes());
    tape_.set_parameter_gradients(gradient_);
    x_ = tape_.output(shape_, block_.dtype());
    fill(x_, fixture_["input"]);
    const Tensor target = tape_.constant(shape_, block_.dtype());
    fill(target, fixture_["target"]);
    const Tensor mask = tape_.constant({shape_[0], shape_[1]}, block_.dtype());
    fill(mask, Values(static_cast<std::size_t>(mask.size()), 1.0));
    y_ = backbone_->forward(x_);
    const Tensor loss =
        masked_mean_squared_error(y_, target, mask, static_cast<double>(mask.size()));
    tape_.backward(loss);
    return dispatch(block_.dtype(),
                    [&]<typename T>(T) { return static_cast<double>(*loss.data<T>()); });
  }

  void train() {
    const nlohmann::json& adamw = fixture_["adamw"];
    AdamW optimizer(block_, {.beta1 = adamw["beta1"],
                             .beta2 = adamw["beta2"],
                             .epsilon = adamw["epsilon"],
                             .weight_decay = adamw["weight_decay"],
                             .clip = 0});
    ThreadPool pool(1);
    for (const double expected : Values(adamw["losses"])) {
      const double loss = pass();
      SEQRL_REQUIRE(std::abs(loss - expected) <= kTolerance * std::max(1.0, expected),
                    "loss after {} updates is {}, PyTorch's {}", optimizer.updates(), loss,
                    expected);
      optimizer.step(std::span(&gradient_, 1), adamw["lr"], pool);
    }
  }

  static void fill(const Tensor& tensor, const Values& values) {
    SEQRL_REQUIRE(static_cast<std::int64_t>(values.size()) == tensor.size(),
                  "{} values for shape {}", values.size(), tensor.shape().text());
    dispatch(tensor.dtype(), [&]<typename T>(T) {
      std::ranges::transform(values, tensor.data<T>(), [](double v) { return static_cast<T>(v); });
    });
  }

  // To 1e-5, relative for numbers above 1.
  static void compare(const std::string& what, const Values& expected, const Tensor& ours) {
    const Values values = dispatch(ours.dtype(), [&]<typename T>(T) {
      return Values(ours.data<T>(), ours.data<T>() + ours.size());
    });
    SEQRL_REQUIRE(values.size() == expected.size(), "{} has {} elements, PyTorch's {}", what,
                  values.size(), expected.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      SEQRL_REQUIRE(
          std::abs(values[i] - expected[i]) <= kTolerance * std::max(1.0, std::abs(expected[i])),
          "{}, element {} is {}, PyTorch's {}", what, i, values[i], expected[i]);
    }
  }

  const nlohmann::json& fixture_;
  std::unique_ptr<Backbone> backbone_;
  ParameterBlock block_;
  Shape shape_;
  Storage gradient_buffer_ = block_.make_buffer();
  Tensor gradient_{gradient_buffer_.data(), block_.flat().shape(), block_.dtype()};
  Tape tape_;
  Tensor x_, y_;
};

}  // namespace

std::string compare_with_oracle(const std::string& name, const OracleFactory& make) {
  const auto fixture = nlohmann::json::parse(
      read_file(SEQRL_SOURCE_DIR "/tests/oracle/backbones/" + name + ".json"));
  const std::string mismatch = Comparison(fixture, make, DType::f64).run();
  return mismatch.empty() ? Comparison(fixture, make, DType::f32).run() : mismatch;
}

}  // namespace seqrl
