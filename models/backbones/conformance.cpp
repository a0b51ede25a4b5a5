#include "models/backbones/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>

#include "configs/base/error.h"
#include "configs/base/random.h"
#include "models/nn/parameter_block.h"

namespace seqrl {
namespace {

using Values = std::vector<double>;
using Chunks = std::vector<std::int64_t>;

// The uses of random numbers; each has its own stream.
enum Draw : std::uint32_t { inputs, parameters, cuts, weights, directions };

Values draw(std::int64_t count, std::uint32_t use, double low = -1, double high = 1) {
  Random random(1, Purpose::test, 0, use);
  Values values(static_cast<std::size_t>(count));
  for (double& value : values) value = random.uniform(low, high);
  return values;
}

std::size_t index(std::int64_t i) {
  return static_cast<std::size_t>(i);
}

// Cuts `time` tokens one by one, or at random into pieces of 1 to 7 or of up to a half.
Chunks single_tokens(std::int64_t time) {
  return Chunks(index(time), 1);
}
Chunks random_cuts(std::int64_t time, std::int64_t longest, std::uint64_t seed) {
  Random random(seed, Purpose::test, 0, cuts);
  Chunks chunks;
  const auto bound = static_cast<std::uint64_t>(std::max<std::int64_t>(1, longest));
  for (std::int64_t left = time; left > 0; left -= chunks.back()) {
    chunks.push_back(std::min(left, 1 + static_cast<std::int64_t>(random.below(bound))));
  }
  return chunks;
}

// Sequences (batch, time, dim).
struct Sequences {
  std::int64_t batch, time, dim;
  Values values;

  Sequences(std::int64_t batch_, std::int64_t time_, std::int64_t dim_)
      : batch(batch_), time(time_), dim(dim_), values(draw(batch * time * dim, inputs)) {}

  Values row(std::int64_t b) const {
    const auto begin = values.begin() + b * time * dim;
    return {begin, begin + time * dim};
  }
};

// A backbone with perturbed parameters: initial zeros and ones would hide mistakes.
class Instance {
 public:
  Instance(const BackboneMaker& make, DType dtype)
      : backbone_(make()), block_(*backbone_, dtype, 1) {
    const Values noise = draw(block_.flat().size(), parameters, -0.2, 0.2);
    dispatch(dtype, [&]<typename T>(T) {
      for (const auto& [name, parameter, offset] : block_.entries()) {
        T* values = parameter->value().template data<T>();
        for (std::int64_t i = 0; i < parameter->shape().size(); ++i) {
          const double moved = static_cast<double>(values[i]) + noise[index(offset + i)];
          values[i] = static_cast<T>(moved);
        }
      }
    });
  }

  const Backbone& backbone() const { return *backbone_; }
  const ParameterBlock& block() const { return block_; }
  std::int64_t dim() const { return backbone_->dim(); }

  Tensor input(Tape& tape, const Sequences& x, std::int64_t begin, std::int64_t end) {
    const Tensor chunk = tape.output({x.batch, end - begin, x.dim}, block_.dtype());
    const std::int64_t width = (end - begin) * x.dim;
    dispatch(block_.dtype(), [&]<typename T>(T) {
      for (std::int64_t b = 0; b < x.batch; ++b) {
        const auto from = x.values.begin() + (b * x.time + begin) * x.dim;
        std::transform(from, from + width, chunk.data<T>() + b * width,
                       [](double value) { return static_cast<T>(value); });
      }
    });
    return chunk;
  }

  // Outputs of tokens [begin, end) of every sequence, in the layout of `x`; the others stay 0.
  void forward(const Sequences& x, std::int64_t begin, std::int64_t end, State* state,
               Values& outputs) {
    tape_.begin({});
    const Tensor y = backbone_->forward(input(tape_, x, begin, end), state);
    SEQRL_REQUIRE(y.shape() == (Shape{x.batch, end - begin, x.dim}),
                  "the backbone returned shape {} for {} sequences of {} tokens of {}",
                  y.shape().text(), x.batch, end - begin, x.dim);
    outputs.resize(x.values.size());
    const std::int64_t width = (end - begin) * x.dim;
    dispatch(block_.dtype(), [&]<typename T>(T) {
      for (std::int64_t b = 0; b < x.batch; ++b) {
        std::copy_n(y.data<T>() + b * width, width, outputs.begin() + (b * x.time + begin) * x.dim);
      }
    });
  }

  Values whole(const Sequences& x) {
    Values outputs;
    forward(x, 0, x.time, nullptr, outputs);
    return outputs;
  }

  Values chunked(const Sequences& x, const Chunks& chunks) {
    State state = backbone_->initial_state(x.batch);
    Values outputs;
    std::int64_t begin = 0;
    for (const std::int64_t chunk : chunks) {
      forward(x, begin, begin + chunk, &state, outputs);
      begin += chunk;
    }
    SEQRL_REQUIRE(state.length() == begin, "after {} tokens the state's length is {}", begin,
                  state.length());
    return outputs;
  }

 private:
  std::unique_ptr<Backbone> backbone_;
  ParameterBlock block_;
  Tape tape_;
};

class Checker {
 public:
  Checker(const BackboneMaker& make, const ConformanceOptions& options)
      : make_(make), options_(options) {}

  // Runs one check; an exception also counts as a violation.
  template <typename Check>
  void claim(const std::string& name, Check&& check) {
    std::string violation;
    try {
      violation = check();
    } catch (const std::exception& error) {
      violation = error.what();
    }
    if (violation.empty()) return;
    violations_.push_back(name + ": " + violation);
    if (promises_.back().violation.empty()) promises_.back().violation = violations_.back();
  }

  // Runs a check that begins with a promise. An exception outside its claims also violates the
  // promise.
  template <typename Check>
  void run(Check&& check) {
    const std::size_t before = promises_.size();
    try {
      check();
    } catch (const std::exception& error) {
      SEQRL_CHECK(promises_.size() > before);
      claim(promises_.back().name, [&] { return std::string(error.what()); });
    }
  }

  void chunks(DType dtype, double tolerance) {
    promise(fmt::format("chunks, {}", name_of(dtype)), tolerance);
    Instance instance(make_, dtype);
    for (const std::int64_t time : options_.lengths) {
      const Sequences x(2, time, instance.dim());
      const Values whole = instance.whole(x);
      const auto same = [&](const char* cut, const Chunks& chunks) {
        claim(fmt::format("chunks, {}, {} tokens, {}", name_of(dtype), time, cut),
              [&] { return difference(instance.chunked(x, chunks), whole, tolerance); });
      };
      same("one chunk", {time});
      same("token by token", single_tokens(time));
      same("short random cuts", random_cuts(time, 7, 1));
      same("long random cuts", random_cuts(time, time / 2, 2));
    }
  }

  void causality() {
    promise("causality", 0);
    Instance instance(make_, DType::f64);
    constexpr std::int64_t kTime = 12;
    Sequences x(1, kTime, instance.dim());
    const Values before = instance.whole(x);
    for (std::int64_t t = 0; t < kTime; ++t) {
      Sequences changed = x;
      for (std::int64_t i = 0; i < x.dim; ++i) {
        changed.values[index(t * x.dim + i)] += 1 + static_cast<double>(i % 3);
      }
      const Values after = instance.whole(changed);
      claim(fmt::format("causality, token {} changed", t), [&] {
        return difference({after.begin(), after.begin() + t * x.dim},
                          {before.begin(), before.begin() + t * x.dim}, 0);
      });
      claim(fmt::format("causality, token {} changed", t), [&] {
        return std::equal(after.begin() + t * x.dim, after.begin() + (t + 1) * x.dim,
                          before.begin() + t * x.dim)
                   ? "its own output stayed the same"
                   : "";
      });
    }
  }

  void batch(DType dtype) {
    promise(fmt::format("batch, {}", name_of(dtype)), 0);
    Instance instance(make_, dtype);
    const Sequences x(5, 13, instance.dim());
    const Values together = instance.whole(x);
    const Values stepped = instance.chunked(x, single_tokens(x.time));
    for (std::int64_t b = 0; b < x.batch; ++b) {
      Sequences alone = x;
      alone.batch = 1;
      alone.values = x.row(b);
      const auto part = [&](const Values& all) {
        return Values(all.begin() + b * x.time * x.dim, all.begin() + (b + 1) * x.time * x.dim);
      };
      claim(fmt::format("batch, {}, sequence {} alone", name_of(dtype), b),
            [&] { return difference(instance.whole(alone), part(together), 0); });
      claim(fmt::format("batch, {}, sequence {} alone, token by token", name_of(dtype), b), [&] {
        return difference(instance.chunked(alone, single_tokens(x.time)), part(stepped), 0);
      });
    }
    claim(fmt::format("batch, {}, after the state dropped sequences", name_of(dtype)),
          [&] { return after_keep(instance, x, stepped); });
  }

  void determinism(DType dtype) {
    promise(fmt::format("determinism, {}", name_of(dtype)), 0);
    Instance first(make_, dtype), second(make_, dtype);
    const Sequences x(2, 20, first.dim());
    const Values expected = first.whole(x);
    claim(fmt::format("determinism, {}, second pass", name_of(dtype)),
          [&] { return difference(first.whole(x), expected, 0); });
    claim(fmt::format("determinism, {}, second instance", name_of(dtype)),
          [&] { return difference(second.whole(x), expected, 0); });
  }

  void empty() {
    promise("empty", 0);
    Instance instance(make_, DType::f32);
    for (const auto& [batch, time] : {std::pair{0, 3}, {2, 0}, {0, 0}}) {
      const Sequences x(batch, time, instance.dim());
      claim(fmt::format("empty, {} sequences of {} tokens", batch, time), [&, time = time] {
        return instance.whole(x), instance.chunked(x, {time}), std::string();
      });
    }
    claim("empty, a chunk of no tokens leaves the state", [&] {
      const Sequences x(2, 6, instance.dim());
      return difference(instance.chunked(x, {3, 0, 3}), instance.chunked(x, {3, 3}), 0);
    });
  }

  // Three sequences of different lengths in rows of twelve tokens.
  void padding() {
    promise("padding", 0);
    Instance instance(make_, DType::f64);
    const Chunks lengths = {12, 7, 1};
    Sequences zeros(3, 12, instance.dim());
    Values functional = draw(std::ssize(zeros.values), weights, 0.5, 1.5);
    Sequences noise = zeros;
    for (std::int64_t b = 0; b < zeros.batch; ++b) {
      for (std::int64_t i = lengths[index(b)] * zeros.dim; i < zeros.time * zeros.dim; ++i) {
        const std::size_t at = index(b * zeros.time * zeros.dim + i);
        zeros.values[at] = functional[at] = 0;
        noise.values[at] *= 100;
      }
    }
    const auto kept = [&](Values outputs) {
      for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i] *= functional[i] == 0 ? 0 : 1;
      return outputs;
    };
    claim("padding, outputs",
          [&] { return difference(kept(instance.whole(noise)), kept(instance.whole(zeros)), 0); });
    claim("padding, gradients", [&] {
      return difference(parameter_gradients(instance, noise, functional),
                        parameter_gradients(instance, zeros, functional), options_.tolerance64);
    });
  }

  void gradients() {
    promise("gradients", kGradientTolerance);
    claim("gradients, from the beginning", [&] { return gradient_mismatch(false); });
    claim("gradients, from a state", [&] { return gradient_mismatch(true); });
  }

  std::vector<std::string> violations() && { return std::move(violations_); }
  std::vector<Conformance> promises() && { return std::move(promises_); }

 private:
  static constexpr double kGradientTolerance = 1e-3;

  // Claims from here on belong to this promise.
  void promise(std::string name, double tolerance) {
    promises_.push_back({.name = std::move(name), .tolerance = tolerance});
  }

  void note(double deviation) {
    double& largest = promises_.back().largest;
    if (std::isnan(deviation) || deviation > largest) largest = deviation;  // keeps a NaN
  }

  // Says where `a` differs from `b` by more than the tolerance (0: in any bit); "" if nowhere.
  std::string difference(const Values& a, const Values& b, double tolerance) {
    SEQRL_CHECK(a.size() == b.size());
    std::string first;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double deviation = std::abs(a[i] - b[i]) / std::max(1.0, std::abs(b[i]));
      note(deviation);
      if (!(deviation <= tolerance) && first.empty()) {
        first = fmt::format("element {} of {} is {}, expected {}", i, a.size(), a[i], b[i]);
      }
    }
    return first;
  }

  // The gradients of Σ functional ⊙ outputs.
  static Values parameter_gradients(Instance& instance, const Sequences& x,
                                    const Values& functional) {
    Tape tape;
    const Storage buffer = instance.block().make_buffer();
    const Tensor gradient(buffer.data(), instance.block().flat().shape(), DType::f64);
    tape.set_parameter_gradients(gradient);
    tape.begin({.record = true});
    const Tensor y = instance.backbone().forward(instance.input(tape, x, 0, x.time), nullptr);
    std::ranges::copy(functional, tape.sink(y).tensor.data<double>());
    tape.run_backward();
    const auto values = gradient.span<double>();
    return {values.begin(), values.end()};
  }

  // Half of the sequences leave in the middle; the outputs of the rest must not change.
  std::string after_keep(Instance& instance, const Sequences& x, const Values& expected) {
    State state = instance.backbone().initial_state(x.batch);
    Values outputs;
    const std::int64_t middle = x.time / 2;
    for (std::int64_t t = 0; t < middle; ++t) instance.forward(x, t, t + 1, &state, outputs);
    const std::vector<std::int64_t> rows = {1, 3, 4};
    state.keep(rows);
    Sequences rest = x;
    rest.batch = static_cast<std::int64_t>(rows.size());
    rest.values.clear();
    Values want;
    for (const std::int64_t b : rows) {
      const Values row = x.row(b);
      rest.values.insert(rest.values.end(), row.begin(), row.end());
      const auto begin = expected.begin() + b * x.time * x.dim;
      want.insert(want.end(), begin, begin + middle * x.dim);
      std::fill(want.end() - middle * x.dim, want.end(), 0.0);
      want.insert(want.end(), begin + middle * x.dim, begin + x.time * x.dim);
    }
    Values got;
    for (std::int64_t t = middle; t < x.time; ++t) instance.forward(rest, t, t + 1, &state, got);
    return difference(got, want, 0);
  }

  // Checks a random linear functional of the outputs; with `from_state`, after three other tokens.
  std::string gradient_mismatch(bool from_state) {
    Instance instance(make_, DType::f64);
    Instance fixed(make_, DType::f64);  // makes the states, from fixed parameters
    Sequences x(2, 5, instance.dim());
    const Values functional = draw(x.batch * x.time * x.dim, weights, 0.5, 1.5);
    const Sequences history(x.batch, 3, x.dim);

    Tape tape;
    const Storage buffer = instance.block().make_buffer();
    const Tensor gradient(buffer.data(), instance.block().flat().shape(), DType::f64);
    tape.set_parameter_gradients(gradient);
    Values input_gradient;
    const auto evaluate = [&](bool record) {
      std::optional<State> state;
      if (from_state) {
        state = fixed.backbone().initial_state(x.batch);
        Values ignored;
        fixed.forward(history, 0, history.time, &*state, ignored);
      }
      tape.begin({.record = record});
      const Tensor input = instance.input(tape, x, 0, x.time);
      const Tensor y = instance.backbone().forward(input, state ? &*state : nullptr);
      if (record) {
        std::ranges::copy(functional, tape.sink(y).tensor.data<double>());
        tape.run_backward();
        const auto dx = tape.gradient(input).span<double>();
        input_gradient.assign(dx.begin(), dx.end());
      }
      return std::inner_product(functional.begin(), functional.end(), y.data<double>(), 0.0);
    };
    evaluate(true);

    std::string mismatch = compare("the input", x.values, input_gradient, evaluate);
    for (const auto& [name, parameter, offset] : instance.block().entries()) {
      if (!mismatch.empty()) break;
      const auto size = static_cast<std::size_t>(parameter->shape().size());
      mismatch = compare(name, {parameter->value().data<double>(), size},
                         {gradient.data<double>() + offset, size}, evaluate);
    }
    return mismatch;
  }

  // Compares a few single elements, and one direction through all of them.
  template <typename Evaluate>
  std::string compare(const std::string& name, std::span<double> values,
                      std::span<const double> gradient, Evaluate&& evaluate) {
    constexpr double kStep = 1e-6, kAbsolute = 1e-6;
    Random random(1, Purpose::test, 0, directions);
    const Values start(values.begin(), values.end());
    for (int probe = 0; probe < 4 && !values.empty(); ++probe) {
      Values direction(values.size(), 0.0);
      if (probe == 0) {
        for (double& d : direction) d = random.uniform(-1, 1);
      } else {
        direction[random.below(direction.size())] = 1;
      }
      const auto at = [&](double step) {
        for (std::size_t i = 0; i < start.size(); ++i) values[i] = start[i] + step * direction[i];
        const double result = evaluate(false);
        std::ranges::copy(start, values.begin());
        return result;
      };
      const double numeric = (at(kStep) - at(-kStep)) / (2 * kStep);
      double ours = 0;
      for (std::size_t i = 0; i < start.size(); ++i) ours += direction[i] * gradient[i];
      note(std::abs(ours - numeric) / (kAbsolute / kGradientTolerance + std::abs(numeric)));
      if (!(std::abs(ours - numeric) <= kAbsolute + kGradientTolerance * std::abs(numeric))) {
        return fmt::format("{}: derivative {}, finite difference {}", name, ours, numeric);
      }
    }
    return "";
  }

  const BackboneMaker& make_;
  const ConformanceOptions& options_;
  std::vector<std::string> violations_;
  std::vector<Conformance> promises_;
};

Checker checked(const BackboneMaker& make, const ConformanceOptions& options) {
  Checker checker(make, options);
  checker.run([&] { checker.chunks(DType::f64, options.tolerance64); });
  checker.run([&] { checker.chunks(DType::f32, options.tolerance32); });
  checker.run([&] { checker.causality(); });
  checker.run([&] { checker.batch(DType::f64); });
  checker.run([&] { checker.batch(DType::f32); });
  checker.run([&] { checker.determinism(DType::f64); });
  checker.run([&] { checker.determinism(DType::f32); });
  checker.run([&] { checker.padding(); });
  checker.run([&] { checker.empty(); });
  checker.run([&] { checker.gradients(); });
  return checker;
}

}  // namespace

std::vector<Conformance> measure_conformance(const BackboneMaker& make,
                                             const ConformanceOptions& options) {
  return checked(make, options).promises();
}

std::vector<std::string> check_conformance(const BackboneMaker& make,
                                           const ConformanceOptions& options) {
  return checked(make, options).violations();
}

}  // namespace seqrl
