#include "models/ops/soft_actor_critic.h"

#include <array>

#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("soft_target is the reward plus the soft value of the smaller critic") {
  Tape tape;
  tape.begin({});
  const Tensor rewards = make_input<double>(tape, {3}, {1, 2, 3});
  const Tensor terminated = make_input<double>(tape, {3}, {0, 1, 0});
  const Tensor values = make_input<double>(tape, {3, 2}, {5, 4, -2, 7, -3, -1});
  const Tensor log_probability = make_input<double>(tape, {3}, {-1, 3, 2});
  const Tensor temperature = make_input<double>(tape, {1}, {0.5});
  const Tensor y = soft_target(rewards, terminated, values, log_probability, temperature, 0.9);
  const std::array expected = {1 + 0.9 * (4 + 0.5), 2.0, 3 + 0.9 * (-3 - 1)};
  for (int i = 0; i < 6; ++i) CHECK(y.data<double>()[i] == Approx(expected[size_t(i / 2)]));
}

TEST_CASE("soft_policy_loss is SAC's policy loss with the smaller critic") {
  Tape tape;
  tape.begin({});
  const Tensor log_probability = make_input<double>(tape, {2}, {-1, 3});
  const Tensor values = make_input<double>(tape, {2, 2}, {5, 4, -2, 7});
  const auto [loss, sums] =
      soft_policy_loss(log_probability, values, make_input<double>(tape, {1}, {0.5}), 4);
  CHECK(loss.data<double>()[0] == Approx((0.5 * -1 - 4 + 0.5 * 3 + 2) / 4));
  CHECK(sums.data<double>()[0] == 4 - 2);
  CHECK(sums.data<double>()[1] == -1 + 3);
  for (auto [rows, critics] : {std::array{3, 2}, {1, 1}, {0, 2}, {17, 3}}) {
    CHECK(GradientCheck{}({{rows}, {rows, critics}}, [](Tape& on, const auto& in) {
            const Tensor temperature = make_input<double>(on, {1}, {0.3});
            return soft_policy_loss(in[0], in[1], temperature, 5).loss;
          }) == "");
  }
}
