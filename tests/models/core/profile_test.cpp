#include "models/core/profile.h"

#include <algorithm>

#include "models/core/tape.h"
#include "models/ops/activation.h"
#include "models/ops/flops.h"
#include "models/ops/linear.h"
#include "models/ops/loss.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// A pass of two layers and a loss; x belongs to the tape, and so does the weight.
void run_pass(Tape& tape, bool record) {
  tape.begin({.record = record});
  const Tensor x = tape.output({4, 8}, DType::f32), weight = tape.output({8, 8}, DType::f32);
  const Tensor target = tape.constant({4, 8}, DType::f32), mask = tape.constant({4}, DType::f32);
  for (const Tensor& each : {x, weight, target, mask}) {
    std::ranges::fill(each.span<float>(), 0.5f);
  }
  const Tensor y = linear(activate(linear(x, weight, {}), Activation::tanh), weight, {});
  const Tensor loss = masked_mean_squared_error(y, target, mask, 4.0);
  if (record) tape.backward(loss);
}

const Profile::Entry& entry_of(const std::vector<Profile::Entry>& entries, const char* op) {
  const auto found = std::ranges::find(entries, op, &Profile::Entry::op);
  REQUIRE(found != entries.end());
  return *found;
}

}  // namespace

TEST_CASE("a profile counts each op's calls and products, forward and backward") {
  Tape tape;
  Profile profile(counted_flops);
  for (int pass = 0; pass < 3; ++pass) run_pass(tape, true);
  const auto entries = profile.entries();
  const auto& linear = entry_of(entries, "linear");
  CHECK(linear.forward.calls == 6);
  CHECK(linear.backward.calls == 6);
  CHECK(linear.forward.work == 6 * 2 * 4 * 8 * 8);
  CHECK(linear.backward.work == 2 * linear.forward.work);
  CHECK(entry_of(entries, "activate").backward.calls == 3);
  CHECK(entry_of(entries, "activate").backward.work == 0);
  CHECK(entry_of(entries, "masked_mean_squared_error").forward.calls == 3);
  CHECK(std::ranges::is_sorted(entries, std::greater(), &Profile::Entry::seconds));
}

TEST_CASE("a pass without recording has no backward calls in a profile") {
  Tape tape;
  Profile profile(counted_flops);
  run_pass(tape, false);
  for (const auto& entry : profile.entries()) CHECK(entry.backward.calls == 0);
}

TEST_CASE("an inner profile replaces the outer one until it is destroyed") {
  Tape tape;
  Profile outer(counted_flops);
  {
    Profile inner(counted_flops);
    run_pass(tape, true);
    CHECK(entry_of(inner.entries(), "linear").forward.calls == 2);
  }
  CHECK(outer.entries().empty());
  CHECK(Profile::current() == &outer);
}
