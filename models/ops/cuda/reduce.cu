#include "models/ops/cuda/reduce.cuh"

namespace seqrl::cuda {
namespace {

constexpr int kTogether = 64;  // sums that one launch takes

template <typename T>
struct Sums {
  PartSum<T> of[kTogether];
  Size first_block[kTogether + 1];
  int count = 0;
};

template <typename T>
__global__ void add_up_all(Sums<T> sums) {
  int which = 0;
  while (blockIdx.x >= sums.first_block[which + 1]) ++which;
  const PartSum<T>& own = sums.of[which];
  const Size column = (blockIdx.x - sums.first_block[which]) * kWarp + threadIdx.x % kWarp;
  const T sum = sum_column(0, own.count, column < own.columns, shared_memory<T>(),
                           [&](Size part) { return own.parts[part * own.columns + column]; });
  if (threadIdx.x < kWarp && column < own.columns) put(own.out[column], sum, own.accumulate);
}

// How many of the first sums one launch takes: it stops before a sum that adds to the same `out` as
// an earlier one, because a launch's blocks run in parallel.
template <typename T>
std::size_t count_together(std::span<const PartSum<T>> all) {
  std::size_t count = 0;
  const auto is_other = [&](const PartSum<T>& sum) { return sum.out != all[count].out; };
  while (count < std::min<std::size_t>(all.size(), kTogether) &&
         std::ranges::all_of(all.first(count), is_other)) {
    ++count;
  }
  return count;
}

template <typename T>
void launch_sums(std::span<const PartSum<T>> all) {
  while (!all.empty()) {
    Sums<T> sums;
    const auto some = all.first(count_together(all));
    sums.first_block[0] = 0;
    for (const PartSum<T>& sum : some) {
      const Size blocks = column_groups(sum.columns);
      sums.of[sums.count] = sum;
      sums.first_block[sums.count + 1] = sums.first_block[sums.count] + blocks;
      ++sums.count;
    }
    launch(add_up_all<T>, sums.first_block[sums.count], kThreads, kThreads * sizeof(T), sums);
    all = all.subspan(some.size());
  }
}

}  // namespace

void install_reduce() {
  const auto install = []<typename T>(T) {
    add_up<T> = launch_sums<T>;
    sum_parts<T> = [](Size rows, Size columns, const T* x, T* parts) {
      sum_terms<T>(rows, columns, RowParts(rows), Element<T>{x, columns}, parts);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
