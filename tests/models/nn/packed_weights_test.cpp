#include "models/nn/packed_weights.h"

#include "models/core/tape.h"
#include "models/nn/layers.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

struct PackedModel : Module {
  PackedModel() : Module(nullptr, "") {}
  Linear first{this, "first", 5, 3}, second{this, "second", 3, 4};
  Parameter table{this, "table", {7, 5}, init::normal(1), Decay::no};
};

}  // namespace

TEST_CASE("only weight matrices are packed, not biases, tables or weights of other blocks") {
  PackedModel model, other;
  const ParameterBlock block(model, DType::f32, 1), strangers(other, DType::f32, 1);
  const PackedWeights packed(block, false), both(block, true);
  CHECK(packed.find(model.first.weight).forward);
  CHECK_FALSE(packed.find(model.first.weight).backward);
  CHECK(both.find(model.second.weight).backward);
  CHECK_FALSE(packed.find(model.first.bias).forward);
  CHECK_FALSE(packed.find(model.table).forward);
  CHECK_FALSE(packed.find(other.first.weight).forward);
  Tape tape;
  tape.begin({});
  CHECK_FALSE(packed.find(tape.constant({3, 5}, DType::f32)).forward);

  tape.set_packed_weights({&packed, nullptr});
  CHECK(tape.find_panels(model.first.weight).forward == packed.find(model.first.weight).forward);
  CHECK_FALSE(tape.find_panels(other.first.weight).forward);
}

TEST_CASE("a product reads the packed copy, which changes only when it is refreshed") {
  PackedModel model;
  const ParameterBlock block(model, DType::f64, 1);
  PackedWeights packed(block, false);
  const auto result = [&](bool with_copy) {
    Tape tape;
    tape.begin({});
    if (with_copy) tape.set_packed_weights(&packed);
    return model.first(make_input(tape, {1, 5}, draws(5, 0))).data<double>()[1];
  };
  const double before = result(false);
  CHECK(result(true) == before);
  for (double& v : model.first.weight.value().span<double>()) v *= 2;
  CHECK(result(true) == before);
  ThreadPool pool(2);
  packed.refresh(&pool);
  CHECK(result(true) == result(false));
  CHECK(result(true) == Approx(2 * before));
}
