#include "tools/bench/hardware.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "configs/base/random.h"
#include "models/core/tensor.h"
#include "models/ops/cpu/peak.h"
#include "models/ops/cuda/gemm.h"
#include "models/ops/matrix_product.h"

namespace seqrl::tools::bench {
double peak_gflops(ThreadPool& pool) {
  constexpr std::int64_t kRounds = 20'000'000;
  const double flops = cpu::multiply_add(1) * kRounds * pool.threads();
  return best_rate(flops * 1e-9,
                   [&] { pool.run(pool.threads(), [](int) { cpu::multiply_add(kRounds); }); });
}

double peak_gflops_of_gpu(Precision precision) {
  constexpr std::int64_t kSize = 4096, kProducts = 20;
  Random random(1, Purpose::test);
  std::vector<float> values(kSize * kSize);
  for (float& value : values) value = static_cast<float>(random.uniform(-1, 1));
  std::vector<Storage> storage;
  std::vector<float*> matrices;  // two factors and their product
  for (int i = 0; i < 3; ++i) {
    storage.emplace_back(values.size() * sizeof(float), Device::cuda);
    matrices.push_back(reinterpret_cast<float*>(storage.back().data()));
    runtime_of(Device::cuda).write(matrices.back(), values.data(), storage.back().bytes());
  }
  const ProductPrecision of_products(precision);
  return best_rate(2e-9 * kSize * kSize * kSize * kProducts, [&] {
    for (std::int64_t i = 0; i < kProducts; ++i) {
      cuda::gemm<float>(kSize, kSize, kSize, {matrices[0], kSize, 1}, {matrices[1], kSize, 1},
                        matrices[2], kSize, op::Start::zero, nullptr);
    }
    runtime_of(Device::cuda).read(values.data(), matrices[2], sizeof(float));  // waits
  });
}

double copy_bandwidth(ThreadPool& pool) {
  constexpr std::size_t kBytes = 256u << 20;
  const auto threads = static_cast<std::size_t>(pool.threads());
  std::vector<char> from(kBytes, 1), to(kBytes);
  return best_rate(2e-9 * kBytes, [&] {
    pool.run(pool.threads(), [&](int i) {
      const std::size_t part = kBytes / threads, first = part * static_cast<std::size_t>(i);
      std::memcpy(to.data() + first, from.data() + first, part);
    });
  });
}

}  // namespace seqrl::tools::bench
