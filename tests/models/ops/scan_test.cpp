#include "models/ops/scan.h"

#include <cmath>

#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"
#include "tests/models/ops/log_space_scan.h"

using namespace seqrl;

namespace {

constexpr CandidateState kStates[] = {CandidateState::positive, CandidateState::signed_};

// Common to the tests of both cells.
struct Cell {
  const char* name;
  std::int64_t parts;
  Tensor (*scan)(const Tensor&, const Tensor&, CandidateState);
};
constexpr Cell kCells[] = {{"minGRU", 2, min_gru_scan}, {"minLSTM", 3, min_lstm_scan}};

template <typename T>
std::vector<T> converted(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

template <typename T>
std::vector<double> run(const Cell& cell, Shape shape, const std::vector<double>& gates,
                        const std::vector<double>& h0, CandidateState state) {
  Tape tape;
  tape.begin({});
  const Shape gate_shape = shape.with_back(cell.parts * shape[2]);
  const Tensor initial =
      h0.empty() ? Tensor() : make_input(tape, Shape{shape[0], shape[2]}, converted<T>(h0));
  const Tensor h = cell.scan(make_input(tape, gate_shape, converted<T>(gates)), initial, state);
  return {h.data<T>(), h.data<T>() + h.size()};
}

double largest_relative_error(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(a[i] - b[i]) / std::abs(b[i]));
  }
  return largest;
}

}  // namespace

TEST_CASE("linear_recurrence agrees with finite differences for each kind of h0") {
  for (const Shape& shape : {Shape{2, 3, 4}, {1, 1, 1}, {3, 7, 33}, {2, 0, 3}, {0, 2, 3}}) {
    CHECK(GradientCheck{}({shape, shape, {shape[0], shape[2]}}, [](Tape&, const auto& in) {
            return linear_recurrence(in[0], in[1], in[2]);
          }) == "");
    CHECK(GradientCheck{}({shape, shape, {shape[2]}}, [](Tape&, const auto& in) {
            return linear_recurrence(in[0], in[1], in[2]);
          }) == "");
    CHECK(GradientCheck{}({shape, shape}, [](Tape&, const auto& in) {
            return add(linear_recurrence(in[0], in[1], {}), linear_recurrence(in[1], in[1], {}));
          }) == "");
  }
}

TEST_CASE("the min cells agree with finite differences for each kind of h0") {
  for (const Cell& cell : kCells) {
    for (const CandidateState state : kStates) {
      for (const Shape& shape : {Shape{2, 3, 4}, {1, 1, 1}, {3, 5, 17}, {2, 0, 3}, {0, 2, 3}}) {
        const Shape gates = shape.with_back(cell.parts * shape[2]);
        INFO(cell.name << " " << shape.text());
        const auto scan = [&](Tape&, const auto& in) { return cell.scan(in[0], in[1], state); };
        CHECK(GradientCheck{.low = -3, .high = 3}({gates, {shape[0], shape[2]}}, scan) == "");
        CHECK(GradientCheck{.low = -3, .high = 3}({gates, {shape[2]}}, scan) == "");
        CHECK(GradientCheck{.low = -3, .high = 3}({gates}, [&](Tape&, const auto& in) {
                return add(cell.scan(in[0], {}, state), cell.scan(in[0], {}, state));
              }) == "");
      }
    }
  }
}

TEST_CASE("the fused cells are linear recurrences with the paper's gates") {
  const std::int64_t batch = 2, time = 9, dim = 5;
  const auto logistic = [](double x) { return 1 / (1 + std::exp(-x)); };
  for (const Cell& cell : kCells) {
    for (const CandidateState state : kStates) {
      const std::vector<double> gates = draws(batch * time * cell.parts * dim, 1, -4, 4);
      const std::vector<double> h0 = draws(batch * dim, 2);
      Tape tape;
      tape.begin({});
      const Tensor a = tape.constant({batch, time, dim}, DType::f64);
      const Tensor b = tape.constant({batch, time, dim}, DType::f64);
      for (std::int64_t i = 0; i < a.size(); ++i) {
        const double* row = gates.data() + i / dim * cell.parts * dim + i % dim;
        double keep, write;
        if (cell.parts == 2) {
          write = logistic(row[0]);
          keep = 1 - write;
        } else {
          const double f = logistic(row[0]), in = logistic(row[dim]);
          keep = f / (f + in);
          write = in / (f + in);
        }
        const double v = row[(cell.parts - 1) * dim];
        const bool plain = state == CandidateState::signed_;
        a.data<double>()[i] = keep;
        b.data<double>()[i] = write * (plain ? v : v >= 0 ? v + 0.5 : logistic(v));
      }
      const Tensor composed = linear_recurrence(a, b, make_input(tape, {batch, dim}, h0));
      const std::vector<double> fused = run<double>(cell, {batch, time, dim}, gates, h0, state);
      for (std::size_t i = 0; i < fused.size(); ++i) {
        REQUIRE(fused[i] == Approx(composed.data<double>()[i]).epsilon(1e-13).margin(1e-13));
      }
    }
  }
}

TEST_CASE("a scan continued from its last h gives the same bits as a single scan") {
  const std::int64_t batch = 3, time = 11, dim = 19, first = 4;
  for (const Cell& cell : kCells) {
    const std::int64_t width = cell.parts * dim;
    const std::vector<double> gates = draws(batch * time * width, 1, -2, 2);
    const auto whole = run<float>(cell, {batch, time, dim}, gates, {}, CandidateState::positive);
    const auto rows = [&](std::int64_t begin, std::int64_t end, const std::vector<double>& from,
                          std::int64_t size) {
      std::vector<double> part;
      for (std::int64_t b = 0; b < batch; ++b) {
        part.insert(part.end(), from.begin() + (b * time + begin) * size,
                    from.begin() + (b * time + end) * size);
      }
      return part;
    };
    const auto rest = run<float>(cell, {batch, time - first, dim}, rows(first, time, gates, width),
                                 rows(first - 1, first, whole, dim), CandidateState::positive);
    CHECK(rest == rows(first, time, whole, dim));
  }
}

TEST_CASE("the min cells match the log-space scan") {
  const std::int64_t time = 300, dim = 6;
  for (const Cell& cell : kCells) {
    const std::vector<double> gates = draws(time * cell.parts * dim, 3, -4, 4);
    const std::vector<double> h0 = draws(dim, 4, 0.1, 2);
    const auto ours = run<double>(cell, {1, time, dim}, gates, h0, CandidateState::positive);
    const auto reference = log_space_scan<double>(time, dim, cell.parts, gates, h0);
    CHECK(largest_relative_error(ours, reference) < 1e-10);
  }
}

TEST_CASE("in float32 the plain recurrence stays accurate where the log-space scan does not") {
  const std::int64_t dim = 16;
  const Cell& cell = kCells[0];
  for (const std::int64_t time : {512, 4096, 16384}) {
    const std::vector<double> gates = draws(time * 2 * dim, 5, -2, 2);
    const std::vector<double> h0(dim, 1.0);
    std::vector<double> rounded(gates.size());  // both precisions see the same inputs
    for (std::size_t i = 0; i < gates.size(); ++i) rounded[i] = static_cast<float>(gates[i]);
    const auto exact = run<double>(cell, {1, time, dim}, rounded, h0, CandidateState::positive);
    const auto plain = run<float>(cell, {1, time, dim}, rounded, h0, CandidateState::positive);
    const auto logs = log_space_scan<float>(time, dim, 2, rounded, h0);
    CAPTURE(time, largest_relative_error(plain, exact), largest_relative_error(logs, exact));
    CHECK(largest_relative_error(plain, exact) < 5e-7);
    CHECK(largest_relative_error(logs, exact) > 1e-5);
    CHECK(largest_relative_error(logs, exact) < 1e-2);
  }
}

TEST_CASE("saturated gates neither overflow nor lose their ratio") {
  // f/(f + i) for closed f and i is e^(k_f − k_i)/(1 + e^(k_f − k_i)): here 0.9 and 0.1.
  const double odds = std::log(9.0);
  for (const double level : {-500.0, -90.0, -30.0}) {
    const auto h = run<double>(kCells[1], {1, 1, 1}, {level + odds, level, 0.0}, {1.0},
                               CandidateState::signed_);
    CHECK(h[0] == Approx(0.9).epsilon(1e-9));
    const auto single = run<float>(kCells[1], {1, 1, 1}, {level + odds, level, 0.0}, {1.0},
                                   CandidateState::signed_);
    CHECK(single[0] == Approx(0.9).epsilon(1e-5));
  }
  for (const double level : {30.0, 90.0, 500.0}) {
    const auto h =
        run<float>(kCells[1], {1, 1, 1}, {level, level, 0.0}, {1.0}, CandidateState::signed_);
    CHECK(h[0] == Approx(0.5));
    CHECK(run<float>(kCells[0], {1, 1, 1}, {level, 3.0}, {1.0}, CandidateState::signed_)[0] ==
          Approx(3.0));
    CHECK(run<float>(kCells[0], {1, 1, 1}, {-level, 3.0}, {1.0}, CandidateState::signed_)[0] ==
          Approx(1.0));
  }
}

TEST_CASE("scans reject wrong shapes") {
  Tape tape;
  tape.begin({});
  const Tensor gates = tape.constant({2, 3, 7}, DType::f32);
  CHECK_THROWS_WITH(min_gru_scan(gates, {}, CandidateState::positive),
                    "min_gru_scan: gates have shape (2, 3, 7), expected (batch, time, 2 · dim)");
  const Tensor a = tape.constant({2, 3, 4}, DType::f32), h0 = tape.constant({3}, DType::f32);
  CHECK_THROWS_WITH(linear_recurrence(a, a, h0),
                    "linear_recurrence: h0 has shape (3), expected (2, 4) or (4)");
}
