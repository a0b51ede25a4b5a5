#include "models/ops/recurrent.h"

#include <array>
#include <cmath>

#include "models/nn/packed_weights.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

// The definitions, one unit of one token at a time; h and c begin at zeros.
std::vector<double> reference(int gates, int batch, int time, int hidden,
                              const std::vector<double>& x, const std::vector<double>& w,
                              const std::vector<double>& bias) {
  std::vector<double> y;
  const auto at = [](const std::vector<double>& v, int i) {
    return v[static_cast<std::size_t>(i)];
  };
  for (int b = 0; b < batch; ++b) {
    std::vector<double> h(static_cast<std::size_t>(hidden)), c = h;
    for (int t = 0; t < time; ++t) {
      const std::vector<double> before = h;
      for (int i = 0; i < hidden; ++i) {
        std::array<double, 4> in{}, u{};
        for (int g = 0; g < gates; ++g) {
          const auto gate = static_cast<std::size_t>(g);
          in[gate] = at(x, ((b * time + t) * gates + g) * hidden + i);
          u[gate] = at(bias, g * hidden + i);
          for (int k = 0; k < hidden; ++k) {
            u[gate] += at(w, (g * hidden + i) * hidden + k) * at(before, k);
          }
        }
        const auto unit = static_cast<std::size_t>(i);
        if (gates == 3) {
          const double r = logistic(in[0] + u[0]), z = logistic(in[1] + u[1]);
          h[unit] = (1 - z) * std::tanh(in[2] + r * u[2]) + z * before[unit];
        } else {
          c[unit] =
              logistic(in[1] + u[1]) * c[unit] + logistic(in[0] + u[0]) * std::tanh(in[2] + u[2]);
          h[unit] = logistic(in[3] + u[3]) * std::tanh(c[unit]);
        }
      }
      y.insert(y.end(), h.begin(), h.end());
    }
  }
  return y;
}

Tensor run(int gates, const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& h = {},
           const Tensor& c = {}) {
  return gates == 3 ? gru(x, w, b, h) : lstm(x, w, b, h, c);
}

template <typename T>
std::vector<T> rounded(const std::vector<double>& values) {
  return std::vector<T>(values.begin(), values.end());
}

}  // namespace

TEST_CASE("gru and lstm match their definitions") {
  Tape tape;
  for (int gates : {3, 4}) {
    for (auto [batch, time, hidden] :
         {std::array{2, 20, 24}, {1, 1, 1}, {3, 7, 5}, {13, 2, 33}, {0, 3, 2}, {2, 0, 3}}) {
      CAPTURE(gates, batch, time, hidden);
      const auto x = draws(batch * time * gates * hidden, 0, -2, 2);
      const auto w = draws(gates * hidden * hidden, 1), b = draws(gates * hidden, 2);
      const auto expected = reference(gates, batch, time, hidden, x, w, b);
      const auto deviation = [&, batch = batch, time = time, hidden = hidden]<typename T>(T) {
        tape.begin({});
        const Tensor y = run(gates, make_input(tape, {batch, time, gates * hidden}, rounded<T>(x)),
                             make_input(tape, {gates * hidden, hidden}, rounded<T>(w)),
                             make_input(tape, {gates * hidden}, rounded<T>(b)));
        double largest = 0;
        for (std::size_t i = 0; i < expected.size(); ++i) {
          largest = std::max(largest, std::abs(static_cast<double>(y.data<T>()[i]) - expected[i]));
        }
        return largest;
      };
      CHECK(deviation(double{}) < 1e-12);
      CHECK(deviation(float{}) < 1e-5);
    }
  }
}

TEST_CASE("gru and lstm agree with finite differences, from zeros and from a state") {
  for (int gates : {3, 4}) {
    for (auto [batch, time, hidden] :
         {std::array{2, 3, 4}, {1, 1, 1}, {3, 6, 3}, {0, 2, 2}, {2, 0, 2}}) {
      for (bool stateful : {false, true}) {
        CAPTURE(gates, batch, time, hidden, stateful);
        CHECK(GradientCheck{}(
                  {{batch, time, gates * hidden}, {gates * hidden, hidden}, {gates * hidden}},
                  [&, batch = batch, hidden = hidden](Tape& tape, const auto& inputs) {
                    Tensor h, c;
                    if (stateful) {
                      h = make_input(tape, {batch, hidden}, draws(batch * hidden, 7));
                      c = make_input(tape, {batch, hidden}, draws(batch * hidden, 8));
                    }
                    return run(gates, inputs[0], inputs[1], inputs[2], h, c);
                  }) == "");
      }
    }
  }
}

TEST_CASE("gru and lstm continued from a state match the whole bit for bit, packed or not") {
  struct Model : Module {
    explicit Model(int gates)
        : Module(nullptr, ""),
          weight(this, "weight", {gates * 19, 19}, init::normal(0.3), Decay::yes) {}
    Parameter weight;
  };
  constexpr std::int64_t batch = 3, time = 11, hidden = 19;
  for (int gates : {3, 4}) {
    Model model(gates);
    const ParameterBlock block(model, DType::f32, 1);
    const PackedWeights packed(block, true);
    const auto x = rounded<float>(draws(batch * time * gates * hidden, 0, -2, 2));
    const auto b = rounded<float>(draws(gates * hidden, 2));
    Tape whole, step;
    whole.begin({});
    whole.set_packed_weights(&packed);
    const Tensor all = run(gates, make_input(whole, {batch, time, gates * hidden}, x), model.weight,
                           make_input(whole, {gates * hidden}, b));
    for (std::int64_t row = 0; row < batch; ++row) {
      const Storage h_memory(hidden * sizeof(float)), c_memory(hidden * sizeof(float));
      const Tensor h(h_memory.data(), {1, hidden}, DType::f32);
      const Tensor c(c_memory.data(), {1, hidden}, DType::f32);
      for (std::int64_t t = 0; t < time;) {
        const std::int64_t count = std::min<std::int64_t>(1 + t, time - t);
        step.begin({});
        const auto from = x.begin() + (row * time + t) * gates * hidden;
        const std::vector<float> chunk(from, from + count * gates * hidden);
        const Tensor y = run(gates, make_input(step, {1, count, gates * hidden}, chunk),
                             model.weight, make_input(step, {gates * hidden}, b), h, c);
        CHECK(std::equal(y.data<float>(), y.data<float>() + count * hidden,
                         all.data<float>() + (row * time + t) * hidden));
        t += count;
      }
    }
  }
}

TEST_CASE("gru and lstm reject invalid arguments and name them") {
  Tape tape;
  tape.begin({});
  const auto tensor = [&](Shape shape) { return tape.constant(shape, DType::f32); };
  CHECK_THROWS_WITH(gru(tensor({2, 3, 8}), tensor({6, 2}), tensor({6})),
                    "gru: inputs have shape (2, 3, 8), expected (batch, time, 3·hidden)");
  CHECK_THROWS_WITH(gru(tensor({2, 3, 6}), tensor({6, 3}), tensor({6})),
                    "gru: weight has shape (6, 3), expected (6, 2)");
  CHECK_THROWS_WITH(lstm(tensor({2, 3, 8}), tensor({8, 2}), tensor({8}), tensor({2, 2})),
                    "lstm: the state needs both h and c, but one of them is missing");
  CHECK_THROWS_WITH(gru(tensor({2, 3, 6}), tensor({6, 2}), tensor({6}), tensor({3, 2})),
                    "gru: the state has shape (3, 2), expected (2, 2)");
}
