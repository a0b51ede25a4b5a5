#include "models/ops/selective_scan.h"

#include <cmath>

#include "models/ops/cpu/selective_scan.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

struct Size {
  std::int64_t batch, time, inner, state;
};

// Shapes of u, dt, dt_bias, a_log, b, c, d.
std::vector<Shape> shapes(const Size& s) {
  return {{s.batch, s.time, s.inner}, {s.batch, s.time, s.inner}, {s.inner}, {s.inner, s.state},
          {s.batch, s.time, s.state}, {s.batch, s.time, s.state}, {s.inner}};
}

SelectiveScanInputs inputs(const std::vector<Tensor>& in, const Tensor& h0 = {}) {
  return {in[0], in[1], in[2], in[3], in[4], in[5], in[6], h0};
}

std::vector<double> values(const Tensor& tensor) {
  return {tensor.data<double>(), tensor.data<double>() + tensor.size()};
}

}  // namespace

TEST_CASE("selective_scan is Mamba's recurrence") {
  const Size s{2, 5, 3, 4};
  Tape tape;
  tape.begin({});
  std::vector<Tensor> in;
  for (const Shape& shape : shapes(s)) {
    in.push_back(
        make_input(tape, shape, draws(shape.size(), static_cast<std::uint32_t>(in.size()))));
  }
  const Tensor h0 = make_input(tape, {s.batch, s.state, s.inner}, draws(24, 50));
  const Tensor last = tape.constant({s.batch, s.state, s.inner}, DType::f64);
  const std::vector<double> y = values(selective_scan(inputs(in, h0), last));
  const auto at = [&](int which, std::int64_t i) {
    return in[static_cast<std::size_t>(which)].data<double>()[i];
  };
  for (std::int64_t b = 0; b < s.batch; ++b) {
    for (std::int64_t i = 0; i < s.inner; ++i) {
      std::vector<double> h;
      for (std::int64_t n = 0; n < s.state; ++n) {
        h.push_back(h0.data<double>()[(b * s.state + n) * s.inner + i]);
      }
      for (std::int64_t t = 0; t < s.time; ++t) {
        const std::int64_t row = b * s.time + t, x = row * s.inner + i;
        const double delta = std::log1p(std::exp(at(1, x) + at(2, i)));
        double sum = at(6, i) * at(0, x);
        for (std::int64_t n = 0; n < s.state; ++n) {
          double& state = h[static_cast<std::size_t>(n)];
          state = std::exp(-delta * std::exp(at(3, i * s.state + n))) * state +
                  delta * at(4, row * s.state + n) * at(0, x);
          sum += at(5, row * s.state + n) * state;
        }
        REQUIRE(y[static_cast<std::size_t>(x)] == Approx(sum).epsilon(1e-13).margin(1e-13));
      }
      for (std::int64_t n = 0; n < s.state; ++n) {
        REQUIRE(last.data<double>()[(b * s.state + n) * s.inner + i] ==
                Approx(h[static_cast<std::size_t>(n)]).epsilon(1e-13).margin(1e-13));
      }
    }
  }
}

TEST_CASE("selective_scan agrees with finite differences") {
  // More channels than a block, more tokens than a chunk, and sizes of 0 and 1.
  for (const Size& s : {Size{2, 3, 4, 3},
                        {1, 1, 1, 1},
                        {1, 2, 67, 2},
                        {1, cpu::kScanChunk + 3, 2, 2},
                        {1, cpu::kScanChunk, 1, 3},
                        {2, 0, 3, 2},
                        {0, 2, 3, 2}}) {
    CHECK(GradientCheck{}(shapes(s),
                          [](Tape&, const auto& in) { return selective_scan(inputs(in)); }) == "");
  }
}

TEST_CASE("selective_scan differentiates from a state that it overwrites") {
  const Size s{2, 3, 4, 3};
  Storage buffer(2 * 3 * 4 * sizeof(double));
  const Tensor state(buffer.data(), {s.batch, s.state, s.inner}, DType::f64);
  CHECK(GradientCheck{}(shapes(s), [&](Tape&, const auto& in) {
          std::ranges::copy(draws(24, 9), state.data<double>());
          return selective_scan(inputs(in, state), state);
        }) == "");
}

TEST_CASE("selective_scan rejects wrong shapes") {
  Tape tape;
  tape.begin({});
  std::vector<Tensor> in;
  for (const Shape& shape : shapes({2, 3, 4, 5})) in.push_back(tape.constant(shape, DType::f32));
  in[4] = tape.constant({2, 3, 4}, DType::f32);
  CHECK_THROWS_WITH(selective_scan(inputs(in)),
                    "selective_scan: b has shape (2, 3, 4), expected (2, 3, 5)");
}
