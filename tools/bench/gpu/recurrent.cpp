#include "tools/bench/gpu/recurrent.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>

#include "configs/base/random.h"
#include "models/core/tape.h"
#include "models/ops/linear.h"
#include "models/ops/recurrent.h"
#include "tools/bench/gpu/cudnn.h"
#include "tools/bench/gpu/measure.h"

namespace seqrl::tools::bench {
namespace {

Storage on_device(const std::vector<float>& values) {
  Storage storage(values.size() * sizeof(float), Device::cuda);
  runtime_of(Device::cuda).write(storage.data(), values.data(), storage.bytes());
  return storage;
}

std::vector<float> on_host(const Tensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.size()));
  read<float>(tensor, values);
  return values;
}

// seqrl's own. In addition to cuDNN's work it copies x and dy.
class SeqrlLayer : public RecurrentLayer {
 public:
  SeqrlLayer(const RecurrentSizes& sizes, const RecurrentInputs& inputs)
      : sizes_(sizes),
        x_(on_device(inputs.x)),
        dy_(on_device(inputs.dy)),
        parameters_(on_device(inputs.parameters)),
        dparameters_(parameters_.bytes(), Device::cuda) {}

  void forward() override { run(inference_, false); }

  void forward_and_backward() override {
    run(training_, true);
    const Tensor gradient = on(dparameters_, {sizes_.parameters()});
    zero(gradient);
    training_.set_parameter_gradients(gradient);
    copy(tokens(dy_), training_.sink(y_).tensor);
    training_.run_backward();
    dx_ = training_.gradient(x_on_tape_);
  }

  RecurrentOutputs outputs() const override {
    return {on_host(y_), on_host(dx_), on_host(on(dparameters_, {sizes_.parameters()}))};
  }

 private:
  static Tensor on(const Storage& storage, Shape shape, std::int64_t offset = 0) {
    return {reinterpret_cast<float*>(storage.data()) + offset, shape, DType::f32, Device::cuda};
  }
  Tensor tokens(const Storage& storage) const {
    return on(storage, {sizes_.batch, sizes_.time, sizes_.dim});
  }

  void run(Tape& tape, bool record) {
    tape.begin({.record = record});
    x_on_tape_ = tape.output({sizes_.batch, sizes_.time, sizes_.dim}, DType::f32);
    copy(tokens(x_), x_on_tape_);
    std::int64_t offset = 0;
    const auto parameter = [&](Shape shape) {
      const std::int64_t first = std::exchange(offset, offset + shape.size());
      return on(parameters_, shape, first).as_parameter(first);
    };
    const std::int64_t width = sizes_.gates() * sizes_.dim;
    const Tensor input_weight = parameter({width, sizes_.dim}), input_bias = parameter({width});
    const Tensor weight = parameter({width, sizes_.dim}), bias = parameter({width});
    const Tensor inputs = linear(x_on_tape_, input_weight, input_bias);
    y_ = sizes_.lstm ? lstm(inputs, weight, bias) : gru(inputs, weight, bias);
  }

  RecurrentSizes sizes_;
  Storage x_, dy_, parameters_, dparameters_;
  Tape inference_{Device::cuda}, training_{Device::cuda};
  Tensor x_on_tape_, y_, dx_;
};

RecurrentInputs draw(const RecurrentSizes& sizes) {
  Random random(1, Purpose::test);
  const auto values = [&](std::int64_t count, double bound) {
    std::vector<float> drawn(static_cast<std::size_t>(count));
    for (float& value : drawn) value = static_cast<float>(random.uniform(-bound, bound));
    return drawn;
  };
  return {values(sizes.elements(), 1), values(sizes.elements(), 1),
          values(sizes.parameters(), 1 / std::sqrt(static_cast<double>(sizes.dim)))};
}

// "", or the name of the first output that differs by more than 1e-4 of the largest value (or of
// 1).
std::string difference(const RecurrentOutputs& ours, const RecurrentOutputs& theirs) {
  const auto compare = [](const char* name, const std::vector<float>& a,
                          const std::vector<float>& b) -> std::string {
    double scale = 1;
    for (const float value : a) scale = std::max(scale, std::abs(static_cast<double>(value)));
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (std::abs(static_cast<double>(a[i]) - b[i]) <= 1e-4 * scale) continue;
      return fmt::format("{}[{}] is {} in seqrl, {} in cuDNN", name, i, a[i], b[i]);
    }
    return "";
  };
  for (const std::string& found :
       {compare("y", ours.y, theirs.y), compare("dx", ours.dx, theirs.dx),
        compare("dparameters", ours.dparameters, theirs.dparameters)}) {
    if (!found.empty()) return found;
  }
  return "";
}

struct Cost {
  double forward = std::numeric_limits<double>::infinity(), both = forward;  // seconds

  void lower_to(const Cost& other) {
    forward = std::min(forward, other.forward);
    both = std::min(both, other.both);
  }
};

// The median over calls or, if faster, over replays of the calls' graph, which seqrl trains with.
double seconds_of(int count, const std::function<void()>& call) {
  const double called = seconds_each(count, call);
  try {
    return std::min(called, seconds_captured(count, call));
  } catch (const Error& error) {
    fmt::print(stderr, "not captured: {}\n", error.what());
    return called;
  }
}

Cost cost_of(RecurrentLayer& layer, const RecurrentSizes& sizes) {
  const int count = sizes.elements() > 1 << 22 ? 10 : 200;
  return {seconds_of(count, [&] { layer.forward(); }),
          seconds_of(count, [&] { layer.forward_and_backward(); })};
}

// Whether cuDNN agrees; reports figures if `measured`.
bool bench(const RecurrentSizes& sizes, bool measured, const Report& report) {
  const RecurrentInputs inputs = draw(sizes);
  const char* kind = sizes.lstm ? "lstm" : "gru";
  const std::string shape = fmt::format("T={} B={} D={}", sizes.time, sizes.batch, sizes.dim);
  const auto report_cost = [&](const char* whose, const Cost& cost) {
    report(fmt::format("{} forward {}{}", kind, shape, whose), cost.forward * 1e6, "us");
    report(fmt::format("{} forward and backward {}{}", kind, shape, whose), cost.both * 1e6, "us");
  };

  SeqrlLayer ours(sizes, inputs);
  ours.forward_and_backward();
  const RecurrentOutputs expected = ours.outputs();
  if (measured) report_cost("", cost_of(ours, sizes));
  if (cudnn_problem()) return true;

  Cost best;
  bool agrees = true;
  for (std::size_t algorithm = 0; algorithm < kCudnnAlgorithms.size(); ++algorithm) {
    const std::string name =
        fmt::format("cuDNN's {}, {}, {}", kind, kCudnnAlgorithms[algorithm], shape);
    std::string spec;
    try {
      const auto theirs = make_cudnn_layer(algorithm, sizes, inputs);
      theirs->forward_and_backward();
      spec = difference(expected, theirs->outputs());
      if (spec.empty() && measured) best.lower_to(cost_of(*theirs, sizes));
    } catch (const Error& error) {
      if (algorithm == 0) {
        spec = error.what();  // the standard algorithm supports every size
      } else {
        fmt::print(stderr, "{}: not used: {}\n", name, error.what());
      }
    }
    if (spec.empty()) continue;
    fmt::print(stderr, "error: {}: {}\n", name, spec);
    agrees = false;
  }
  if (std::isfinite(best.both)) report_cost(", cuDNN", best);
  return agrees;
}

}  // namespace

bool bench_recurrent(const Report& report) {
  if (cudnn_problem()) fmt::print(stderr, "cuDNN is not measured: {}\n", cudnn_problem());
  bool agree = true;
  for (const bool lstm : {false, true}) {
    agree &= bench({lstm, 3, 7, 32}, false, report);
    agree &= bench({lstm, 64, 60, 128}, true, report);  // a Decision Transformer's
    agree &= bench({lstm, 64, 1024, 256}, true, report);
  }
  return agree;
}

}  // namespace seqrl::tools::bench
