#include "tools/bench/gpu/kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "configs/base/random.h"
#include "models/core/tensor.h"
#include "models/ops/cuda/scan.h"

namespace seqrl::tools::bench {
namespace {

// An array on the device of random numbers from U(low, high), repeated with a fixed period.
class RandomArray {
 public:
  RandomArray(std::int64_t elements, double low, double high)
      : storage_(static_cast<std::size_t>(elements) * sizeof(float), Device::cuda,
                 Storage::Fill::none) {
    static std::uint32_t number = 0;
    Random random(1, Purpose::test, 0, number++);
    std::vector<float> period(std::min<std::size_t>(static_cast<std::size_t>(elements), kPeriod));
    for (float& value : period) value = static_cast<float>(random.uniform(low, high));
    for (std::size_t first = 0; first < storage_.bytes();) {
      const std::size_t bytes = std::min(period.size() * sizeof(float), storage_.bytes() - first);
      runtime_of(Device::cuda).write(storage_.data() + first, period.data(), bytes);
      first += bytes;
    }
  }

  float* at(std::int64_t element) const {
    return reinterpret_cast<float*>(storage_.data()) + element;
  }
  std::size_t bytes() const { return storage_.bytes(); }

 private:
  static constexpr std::size_t kPeriod = (1 << 22) - 1;  // rarely aligned with a sequence's start

  Storage storage_;
};

// Bytes per second, read and written.
double copy_bandwidth(const KernelSizes& sizes, const RandomArray& from, const RandomArray& to) {
  const double seconds = seconds_captured(
      sizes.repeats, [&] { runtime_of(Device::cuda).copy(to.at(0), from.at(0), from.bytes()); });
  return 2 * static_cast<double>(from.bytes()) / seconds;
}

}  // namespace

void bench_device(const KernelSizes& sizes, const Report& report) {
  const RandomArray from(sizes.elements, -1, 1), to(sizes.elements, -1, 1);
  report("copy on the device", copy_bandwidth(sizes, from, to) * 1e-9, "GB/s");
  constexpr int kKernels = 200;
  const double seconds = seconds_captured(sizes.repeats, [&] {
    for (int i = 0; i < kKernels; ++i) runtime_of(Device::cuda).fill(to.at(0), 1.0f, 1);
  });
  report("the smallest kernel of a graph", seconds / kKernels * 1e6, "us");
}

void bench_scans(const KernelSizes& sizes, const Report& report) {
  const RandomArray a(sizes.elements, 0, 1), b(sizes.elements, -1, 1), dh(sizes.elements, -1, 1);
  const RandomArray h0(sizes.batch * sizes.dim, -1, 1);
  const RandomArray h(sizes.elements, 0, 0), da(sizes.elements, 0, 0), db(sizes.elements, 0, 0);
  const double bandwidth = copy_bandwidth(sizes, a, h);
  const auto beyond_cache = static_cast<std::int64_t>(4 * cache_bytes());

  for (const std::int64_t time : sizes.times) {
    const std::int64_t batch =
        std::clamp<std::int64_t>(sizes.elements / (time * sizes.dim), 1, sizes.batch);
    const cuda::ScanSize size{batch, time, sizes.dim, 0};
    const std::int64_t elements = batch * time * sizes.dim;
    const Storage scratch(static_cast<std::size_t>(cuda::scan_scratch(size)) * sizeof(float),
                          Device::cuda);
    auto* work = reinterpret_cast<float*>(scratch.data());
    const auto measure = [&](const char* way, std::int64_t arrays,
                             const std::function<void(std::int64_t)>& scan) {
      const std::int64_t bytes = arrays * elements * static_cast<std::int64_t>(sizeof(float));
      const std::int64_t turns =
          std::clamp<std::int64_t>(beyond_cache / bytes + 1, 1, sizes.elements / elements);
      const double seconds = seconds_captured(sizes.repeats,
                                              [&] {
                                                for (std::int64_t i = 0; i < turns; ++i)
                                                  scan(i * elements);
                                              }) /
                             static_cast<double>(turns);
      const std::string shape = fmt::format("T={} B={} D={}", time, batch, sizes.dim);
      report(fmt::format("scan {} {}", way, shape), seconds * 1e6, "us");
      report(fmt::format("scan {}, of the copy's bandwidth {}", way, shape),
             static_cast<double>(bytes) / seconds / bandwidth, "x");
    };
    measure("forward", 3, [&](std::int64_t i) {
      cuda::linear_recurrence<float>(size, a.at(i), b.at(i), h0.at(0), h.at(i), work);
    });
    measure("backward", 5, [&](std::int64_t i) {
      cuda::linear_recurrence_backward<float>(size, a.at(i), h0.at(0), h.at(i), dh.at(i), work,
                                              {da.at(i), false}, {db.at(i), false}, nullptr);
    });
  }
}

}  // namespace seqrl::tools::bench
