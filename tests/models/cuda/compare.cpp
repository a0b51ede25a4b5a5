#include "tests/models/cuda/compare.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "tests/models/cuda/device_under_test.h"

namespace seqrl {
namespace {

// A pass's result followed by the gradients of its inputs.
template <typename T>
using Results = std::vector<std::vector<T>>;

template <typename T>
std::vector<T> rounded(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

template <typename T>
Results<T> evaluate(Device device, const DeviceComparison& options,
                    const std::vector<Shape>& shapes, const Function& function) {
  Tape tape(device);
  tape.begin(options.pass);
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const Tensor& input = inputs.emplace_back(tape.output(shapes[i], dtype_of<T>()));
    write<T>(
        rounded<T>(draws(input.size(), static_cast<std::uint32_t>(i), options.low, options.high)),
        input);
  }
  const Tensor y = function(tape, inputs);
  Results<T> results{values_of<T>(y)};
  if (!options.pass.record) return results;
  write<T>(rounded<T>(draws(y.size(), 1000, 0.5, 1.5)), tape.sink(y).tensor);
  tape.run_backward();
  for (const Tensor& input : inputs) results.push_back(values_of<T>(tape.gradient(input)));
  return results;
}

// NaN exceeds any tolerance.
double ratio_of(double difference, double tolerance) {
  if (difference <= tolerance) return 0;
  const double ratio = difference / tolerance;
  return ratio > 1 ? ratio : std::numeric_limits<double>::infinity();
}

template <typename T>
std::string compare(const DeviceComparison& options, const std::vector<Shape>& shapes,
                    const Function& function, double atol, double rtol) {
  const auto name = [](std::size_t part) {
    return part == 0 ? std::string("the result") : fmt::format("input {}'s gradient", part - 1);
  };
  const Results<T> expected = evaluate<T>(Device::cpu, options, shapes, function);
  const Results<T> ours = evaluate<T>(Device::cuda, options, shapes, function);
  run_threads_backwards(true);
  const Results<T> again = evaluate<T>(Device::cuda, options, shapes, function);
  run_threads_backwards(false);
  double worst = 1;  // difference, as a multiple of the tolerance
  std::string disagreement;
  for (std::size_t part = 0; part < expected.size(); ++part) {
    for (std::size_t i = 0; i < expected[part].size(); ++i) {
      const double cpu = static_cast<double>(expected[part][i]);
      const double cuda = static_cast<double>(ours[part][i]);
      const double ratio = ratio_of(std::abs(cuda - cpu), atol + rtol * std::abs(cpu));
      if (ratio > worst) {
        worst = ratio;
        disagreement = fmt::format(
            "{}, {} element {} of {}: CUDA {}, CPU {}, {:.3g} times the tolerance",
            name_of(dtype_of<T>()), name(part), i, expected[part].size(), cuda, cpu, ratio);
      }
      if (std::memcmp(&again[part][i], &ours[part][i], sizeof(T)) != 0) {
        return fmt::format("{}, {} element {}: {}, with another order of threads {}",
                           name_of(dtype_of<T>()), name(part), i, cuda,
                           static_cast<double>(again[part][i]));
      }
    }
  }
  return disagreement;
}

}  // namespace

std::string DeviceComparison::operator()(const std::vector<Shape>& shapes,
                                         const Function& function) const {
  const std::string single = compare<float>(*this, shapes, function, atol, rtol);
  if (!single.empty() || !emulated()) return single;
  return compare<double>(*this, shapes, function, exact, exact);
}

}  // namespace seqrl
