#include "models/core/tape.h"

#include <algorithm>
#include <string>
#include <vector>

#include "configs/base/error.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// y = factor · x, with its own gradient rule.
Tensor scaled(Tape& tape, const Tensor& x, double factor) {
  const Tensor y = tape.output(x.shape(), DType::f64);
  for (std::int64_t i = 0; i < x.size(); ++i) y.data<double>()[i] = factor * x.data<double>()[i];
  tape.record([=, &tape] {
    const Tensor dy = tape.gradient(y);
    const auto [dx, accumulate] = tape.sink(x);
    for (std::int64_t i = 0; i < x.size(); ++i) {
      double& to = dx.data<double>()[i];
      to = (accumulate ? to : 0) + factor * dy.data<double>()[i];
    }
  });
  return y;
}

Tensor input(Tape& tape, std::int64_t size) {
  const Tensor x = tape.output({size}, DType::f64);
  for (std::int64_t i = 0; i < size; ++i) x.data<double>()[i] = static_cast<double>(i + 1);
  return x;
}

std::vector<double> gradient_of(Tape& tape, const Tensor& x) {
  const Tensor gradient = tape.gradient(x);
  return {gradient.data<double>(), gradient.data<double>() + gradient.size()};
}

}  // namespace

TEST_CASE("rules run in reverse order, and gradients of several uses add up") {
  Tape tape;
  tape.begin({.record = true});
  const Tensor x = input(tape, 3);
  const Tensor y = scaled(tape, x, 2), unused = scaled(tape, x, 100), z = scaled(tape, y, 5);
  std::string order;
  tape.record([&order] { order += 'b'; });
  tape.record([&order] { order += 'a'; });
  tape.backward(z);
  CHECK(order == "ab");
  CHECK(gradient_of(tape, x) == std::vector<double>(3, 10));  // nothing flows back through `unused`
  CHECK(unused.data<double>()[0] == 100);

  tape.begin({.record = true});
  const Tensor again = input(tape, 2), both = tape.output({1}, DType::f64);
  const Tensor twice = scaled(tape, again, 3), thrice = scaled(tape, again, 4);
  tape.record([=, &tape] {
    const double upstream = tape.gradient(both).data<double>()[0];
    for (const Tensor& part : {twice, thrice}) {
      std::ranges::fill(tape.sink(part).tensor.span<double>(), upstream);
    }
  });
  tape.backward(both);
  CHECK(gradient_of(tape, again) == std::vector<double>(2, 7));
}

TEST_CASE("a pass without recording stores no rules and cannot be differentiated") {
  Tape tape;
  tape.begin({.record = false});
  const Tensor x = input(tape, 3), y = scaled(tape, x, 2);
  CHECK(y.data<double>()[2] == 6);
  CHECK_FALSE(y.requires_gradient());
  CHECK_THROWS_AS(tape.backward(y), Error);

  tape.begin({.record = true});
  const Tensor learned = input(tape, 3);
  Tensor constant;
  {
    const Tape::NoGradient none(tape);
    constant = scaled(tape, learned, 2);
  }
  CHECK_FALSE(constant.requires_gradient());
  CHECK(tape.recording());
}

TEST_CASE("gradients of parameters are added to the tape's flat tensor") {
  Tape tape;
  const Storage values(4 * sizeof(double)), sums(20 * sizeof(double));
  const Tensor parameter = Tensor(values.data(), {4}, DType::f64).as_parameter(16);
  const Tensor flat(sums.data(), {20}, DType::f64);
  tape.set_parameter_gradients(flat);
  for (int pass = 0; pass < 2; ++pass) {
    tape.begin({.record = true});
    tape.backward(scaled(tape, parameter, 3));
  }
  for (int i = 0; i < 20; ++i) CHECK(flat.data<double>()[i] == (i < 16 ? 0 : 6));
}

TEST_CASE("a gradient is moved only once, to an input without a gradient") {
  Tape tape;
  tape.begin({.record = true});
  const Tensor x = input(tape, 2), other = input(tape, 2), sum = tape.output({2}, DType::f64);
  tape.record([=, &tape] {
    tape.gradient(sum);
    CHECK(tape.move_gradient(sum, x));
    CHECK_FALSE(tape.move_gradient(sum, other));
  });
  tape.backward(sum);
  CHECK(gradient_of(tape, x) == std::vector<double>(2, 1));
}

TEST_CASE("a rule can query whether the gradient of its result is all ones") {
  Tape tape;
  const auto knows = [&](const Tensor& y) {
    bool told = false;
    tape.record([&told, y, &tape] { told = tape.has_gradient_of_ones(y); });
    tape.backward(y);
    return told;
  };
  tape.begin({.record = true});
  const Tensor loss = tape.output({2}, DType::f64);
  CHECK(knows(loss));
  CHECK(gradient_of(tape, loss) == std::vector<double>(2, 1));
  CHECK_FALSE(tape.has_gradient_of_ones(loss));  // the caller has it now, and may change it

  // Another tensor is differentiated, or something was added to the gradient.
  tape.begin({.record = true});
  const Tensor part = tape.output({2}, DType::f64), whole = scaled(tape, part, 3);
  bool told = true;
  tape.record([&] { told = tape.has_gradient_of_ones(part); });
  tape.backward(whole);
  CHECK_FALSE(told);
  tape.begin({.record = true});
  const Tensor used = tape.output({2}, DType::f64);
  tape.record([&] { told = tape.has_gradient_of_ones(used); });
  scaled(tape, used, 5);  // nothing flows back through it
  tape.backward(used);
  CHECK_FALSE(told);
  CHECK(gradient_of(tape, used) == std::vector<double>(2, 1));
}

TEST_CASE("a gradient is not moved to the differentiated tensor, whose gradient is ones") {
  Tape tape;
  tape.begin({.record = true});
  const Tensor x = input(tape, 2), sum = tape.output({2}, DType::f64);
  tape.record([=, &tape] {
    tape.sink(sum);
    CHECK_FALSE(tape.move_gradient(sum, x));
  });
  tape.backward(x);
  CHECK(gradient_of(tape, x) == std::vector<double>(2, 1));
}

TEST_CASE("passes reuse the memory of earlier passes") {
  Tape tape;
  std::vector<void*> places[3];
  std::size_t bytes[3];
  for (int pass = 0; pass < 3; ++pass) {
    tape.begin({.record = true});
    const Tensor x = input(tape, 40000), y = scaled(tape, x, 2), z = scaled(tape, y, 2);
    tape.backward(z);
    places[pass] = {x.raw(), y.raw(), z.raw(), tape.gradient(x).raw()};
    bytes[pass] = tape.bytes();
  }
  CHECK(places[1] == places[2]);
  CHECK(bytes[0] == bytes[2]);
}

TEST_CASE("dropout keys differ between uses and shards, and are the same in each run") {
  Tape tape;
  const auto keys = [&](std::uint32_t shard) {
    tape.begin({.training = true, .seed = 4, .step = 9, .shard = shard});
    return std::vector<std::uint32_t>{tape.next_dropout().index, tape.next_dropout().index};
  };
  const auto first = keys(0), second = keys(1);
  CHECK(first[0] != first[1]);
  CHECK(first[0] != second[0]);
  CHECK(first[1] != second[0]);
  CHECK(keys(0) == first);
  CHECK(tape.next_dropout().seed == 4);
  CHECK(tape.next_dropout().step == 9);
}

TEST_CASE("deferred work runs once, after all rules") {
  struct Count : Tape::Deferred {
    int asked = 0;
    std::string* order = nullptr;
    void finish() override { *order += "finish " + std::to_string(asked); }
  };
  Tape tape;
  tape.begin({.record = true});
  const Tensor x = input(tape, 1);
  std::string order;
  for (int rule = 0; rule < 2; ++rule) {
    tape.record([&tape, &order] {
      Count& count = tape.deferred<Count>();
      ++count.asked;
      count.order = &order;
      order += "rule ";
    });
  }
  tape.backward(x);
  CHECK(order == "rule rule finish 2");
}

TEST_CASE("shared zeros are zero, and a smaller request allocates no memory") {
  Tape tape;
  tape.begin({});
  const Tensor many = tape.zeros({10, 10}, DType::f32), few = tape.zeros({3}, DType::f64);
  CHECK(many.raw() == few.raw());
  for (const float value : many.span<float>()) CHECK(value == 0);
}
