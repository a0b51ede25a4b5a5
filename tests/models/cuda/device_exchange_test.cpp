#include "models/training/device_exchange.h"

#include <vector>

#include "configs/base/random.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"
#include "tests/thread_ranks.h"

using namespace seqrl;

namespace {

constexpr std::int64_t kElements = 50'001;  // several tasks of a sum; not a whole number of slices

// Gradient `part` of a batch.
std::vector<float> gradient(std::int64_t part) {
  Random random(2, Purpose::test, static_cast<std::uint64_t>(part));
  std::vector<float> values(kElements);
  for (float& x : values) x = static_cast<float>(random.normal());
  return values;
}

std::vector<float> sum_of(std::int64_t first, std::int64_t last) {
  std::vector<float> sum = gradient(first);
  for (std::int64_t part = first + 1; part < last; ++part) {
    const std::vector<float> next = gradient(part);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += next[i];
  }
  return sum;
}

}  // namespace

TEST_CASE("every rank's GPU gets the sum of all gradients in a fixed order") {
  constexpr std::int64_t kParts = 5;
  const std::vector<float> expected = sum_of(0, kParts);
  for (const int count : {1, 2, 3, 5, 8}) {  // with 8, some ranks hold no part
    CAPTURE(count);
    const std::vector<std::int64_t> bounds = parts_of_ranks(kParts, count);
    std::vector<std::vector<float>> sums(8);
    ThreadRanks(count, ThreadRanks::Run::in_turn).run([&](Communicator& ranks) {
      const auto rank = static_cast<std::size_t>(ranks.rank());
      ThreadPool pool(2);
      DeviceExchange exchange(ranks, pool, kElements, DType::f32, Device::cuda);
      std::vector<Storage> memory;
      std::vector<Tensor> held;
      const auto hold = [&](const std::vector<float>& values) {
        memory.emplace_back(kElements * sizeof(float), Device::cuda);
        held.emplace_back(memory.back().data(), Shape{kElements}, DType::f32, Device::cuda);
        write<float>(values, held.back());
      };
      const Storage place(kElements * sizeof(float), Device::cuda);
      const Tensor sum(place.data(), {kElements}, DType::f32, Device::cuda);
      for (int step = 0; step < 3; ++step) {
        held.clear();
        if (ranks.is_first() && bounds[1] > 0) hold(sum_of(0, bounds[1]));
        for (auto part = bounds[rank]; !ranks.is_first() && part < bounds[rank + 1]; ++part) {
          hold(gradient(part));
        }
        exchange.run(held, kParts, sum);
        sums[rank] = values_of<float>(sum);
      }
    });
    for (int rank = 0; rank < count; ++rank) {
      CHECK(sums[static_cast<std::size_t>(rank)] == expected);
    }
  }
}
