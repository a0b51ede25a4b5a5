#include "models/ops/soft_actor_critic.h"

#include <array>

#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

namespace {

constexpr std::array<std::array<std::int64_t, 2>, 5> kSizes = {
    {{3, 2}, {1, 1}, {0, 2}, {300, 2}, {257, 3}}};

}  // namespace

TEST_CASE("soft_target on CUDA matches the CPU") {
  for (const auto& [rows, critics] : kSizes) {
    CAPTURE(rows, critics);
    const DeviceComparison comparison{.pass = {}};
    CHECK(comparison({{rows}, {rows}, {rows, critics}, {rows}}, [](Tape& tape, const auto& in) {
            return soft_target(in[0], in[1], in[2], in[3], make_constant<double>(tape, {1}, {0.3}),
                               0.99);
          }) == "");
  }
}

TEST_CASE("soft_policy_loss and its sums on CUDA match the CPU") {
  for (const auto& [rows, critics] : kSizes) {
    CAPTURE(rows, critics);
    // The second loss adds to existing gradients.
    CHECK(DeviceComparison{}({{rows}, {rows, critics}}, [](Tape& tape, const auto& in) {
            const Tensor temperature = make_constant<double>(tape, {1}, {0.3});
            return add(soft_policy_loss(in[0], in[1], temperature, 7).loss,
                       soft_policy_loss(in[0], in[1], temperature, 5).loss);
          }) == "");
    const auto sums = [&, n = rows, c = critics](Device device) {
      Tape tape(device);
      tape.begin({});
      const auto drawn = [&](std::int64_t size, std::uint32_t index) {
        const std::vector<double> values = draws(size, index);
        return std::vector<float>(values.begin(), values.end());
      };
      const Tensor log = make_constant(tape, {n}, drawn(n, 1));
      const Tensor values = make_constant(tape, {n, c}, drawn(n * c, 2));
      return values_of<double>(
          soft_policy_loss(log, values, make_constant<double>(tape, {1}, {0.3}), 7).sums);
    };
    const std::vector<double> ours = sums(Device::cuda), expected = sums(Device::cpu);
    for (std::size_t i : {0, 1}) CHECK(ours[i] == Approx(expected[i]).margin(1e-12));
  }
}
