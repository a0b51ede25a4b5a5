#include "tools/bench/gpu/measure.h"

#include <fmt/format.h>

#include <cstdio>

#include "configs/base/stopwatch.h"
#include "models/core/tensor.h"

namespace seqrl::tools::bench {

double seconds_each(int count, const std::function<void()>& call) {
  const Storage any(1, Device::cuda);
  const auto wait = [&] {
    std::byte read;
    runtime_of(Device::cuda).read(&read, any.data(), 1);
  };
  for (int i = 0; i < 3; ++i) call();
  wait();
  const Stopwatch watch;
  for (int i = 0; i < count; ++i) call();
  wait();
  return watch.seconds() / count;
}

void print(const std::string& name, double value, const char* unit) {
  fmt::print("{}\t{:.4g}\t{}\n", name, value, unit);
  std::fflush(stdout);
}

}  // namespace seqrl::tools::bench
