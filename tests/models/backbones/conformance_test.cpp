#include "models/backbones/conformance.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "configs/base/error.h"
#include "models/ops/elementwise.h"
#include "models/ops/scan.h"
#include "models/ops/tokens.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// y = x + h with h_t = weight/2 ⊙ h_{t−1} + x_t: conforms, unless told to break one requirement.
enum class Fault {
  none,
  forgets,         // starts every chunk from zeros
  peeks,           // sees one token ahead
  mixes,           // lets sequences see the batch size
  varies,          // gives different numbers in every pass
  no_gradient,     // learns nothing from the direct path
  state_gradient,  // differentiates at a state that has been overwritten
  one_by_one,      // cannot take a whole sequence
  first_is_nan,    // begins with NaN
};

class Toy : public Backbone {
 public:
  explicit Toy(Fault fault) : Backbone(nullptr, ""), fault_(fault) {}
  std::int64_t dim() const override { return 3; }
  State initial_state(std::int64_t batch) const override {
    State state(batch, weight_.value().dtype());
    state.add_layer({{3}});
    return state;
  }
  Tensor forward(const Tensor& x, State* state) const override {
    return dispatch(x.dtype(), [&]<typename T>(T) { return run<T>(x, state); });
  }

 private:
  template <typename T>
  Tensor run(const Tensor& x, State* state) const {
    SEQRL_REQUIRE(fault_ != Fault::one_by_one || x.dim(1) <= 1, "one token at a time");
    Tape& tape = *x.tape();
    const Tensor half = tape.constant(x.shape(), x.dtype());
    std::ranges::fill(half.span<T>(), T(0.5));
    Tensor h0;
    if (state) {
      const Tensor& kept = state->layer(0)[0];
      h0 = fault_ == Fault::state_gradient ? kept : state_input(tape, kept);
      if (fault_ == Fault::forgets) std::ranges::fill(h0.span<T>(), T(0));
    }
    const Tensor h = linear_recurrence(multiply(half, broadcast<T>(tape, x.shape())), x, h0);
    if (state) {
      shift_window(state->layer(0)[0], h);
      state->advance(x.dim(1));
    }
    const Tensor direct = fault_ == Fault::no_gradient ? copy(tape, x) : x;
    const Tensor y = add(direct, h);
    if (fault_ == Fault::peeks) shift<T>(x, y);
    if (fault_ == Fault::mixes) add_constant<T>(y, 1e-6 * static_cast<double>(x.dim(0)));
    if (fault_ == Fault::varies) add_constant<T>(y, 1e-3 * passes_++);
    if (fault_ == Fault::first_is_nan && y.size() > 0) y.data<T>()[0] = std::nan("");
    return y;
  }

  // The learned decay as a tensor of this shape.
  template <typename T>
  Tensor broadcast(Tape& tape, Shape shape) const {
    const Tensor zeros = tape.constant(shape, dtype_of<T>());
    std::ranges::fill(zeros.span<T>(), T(0));
    const Tensor ones = tape.constant(shape, dtype_of<T>());
    std::ranges::fill(ones.span<T>(), T(1));
    // h_t = 1 · h_{t−1} + 0 from h0 = weight.
    return linear_recurrence(ones, zeros, weight_);
  }
  static Tensor copy(Tape& tape, const Tensor& x) {
    const Tensor y = tape.constant(x.shape(), x.dtype());
    std::copy_n(static_cast<const std::byte*>(x.raw()), x.bytes(),
                static_cast<std::byte*>(y.raw()));
    return y;
  }
  template <typename T>
  static void shift(const Tensor& x, const Tensor& y) {
    for (std::int64_t i = 0; i + 3 < y.size(); ++i) y.data<T>()[i] += x.data<T>()[i + 3];
  }
  template <typename T>
  static void add_constant(const Tensor& y, double value) {
    for (T& v : y.span<T>()) v += static_cast<T>(value);
  }

  Fault fault_;
  Parameter weight_{this, "weight", {3}, init::ones(), Decay::no};
  mutable int passes_ = 0;
};

std::set<std::string> violated_claims(Fault fault) {
  std::set<std::string> claims;
  for (const std::string& line : check_conformance([&] { return std::make_unique<Toy>(fault); })) {
    claims.insert(line.substr(0, line.find(',')));
  }
  return claims;
}

}  // namespace

TEST_CASE("a correct backbone conforms") {
  CHECK(violated_claims(Fault::none).empty());
}

TEST_CASE("the conformance check finds each kind of violation") {
  CHECK(violated_claims(Fault::forgets).contains("chunks"));
  CHECK(violated_claims(Fault::peeks).contains("causality"));
  CHECK(violated_claims(Fault::mixes).contains("batch"));
  CHECK(violated_claims(Fault::varies).contains("determinism"));
  CHECK(violated_claims(Fault::no_gradient).contains("gradients"));
  CHECK(violated_claims(Fault::state_gradient).contains("gradients"));
}

TEST_CASE("a check that fails with an error is a violation, and the others still run") {
  const auto of_fault = [](Fault fault) {
    return measure_conformance([=] { return std::make_unique<Toy>(fault); });
  };
  const auto found = of_fault(Fault::one_by_one), all = of_fault(Fault::none);
  REQUIRE(found.size() == all.size());
  CHECK(found[0].violation == "chunks, float64: one token at a time");
  CHECK(found.back().name == "gradients");

  int calls = 0;
  const auto lost = measure_conformance([&]() -> std::unique_ptr<Backbone> {
    SEQRL_REQUIRE(++calls > 1, "no licence");
    return std::make_unique<Toy>(Fault::none);
  });
  REQUIRE(lost.size() == all.size());
  CHECK(lost[0].violation == "chunks, float64: no licence");
  CHECK(lost[1].violation.empty());
}

TEST_CASE("a NaN deviation stays the largest") {
  const auto found = measure_conformance([] { return std::make_unique<Toy>(Fault::first_is_nan); });
  CHECK(std::isnan(found[0].largest));
}
