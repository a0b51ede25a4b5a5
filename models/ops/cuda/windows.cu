#include "models/ops/cuda/windows.h"

#include "configs/base/random.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

__device__ inline Size smaller(Size a, Size b) {
  return a < b ? a : b;
}

// One block computes the sum over all rows, in one order.
template <typename T>
__global__ void starts_of(DrawKey key, Recorded<T> from, WindowShares shares, Size batch,
                          Size context, std::int64_t* starts, T* count) {
  const std::uint64_t step = key.step_on_device ? *key.step_on_device : key.step;
  double length = 0;
  for (Size row = threadIdx.x; row < batch; row += blockDim.x) {
    Random random(key.seed, Purpose::batch, step, static_cast<std::uint32_t>(row));
    starts[row] = shares.draw(random);
    length += static_cast<double>(smaller(context, from.remaining[starts[row]]));
  }
  length = block_sum(length, shared_memory<double>());
  if (threadIdx.x == 0) *count = static_cast<T>(length);
}

// One thread per number of a timestep: its observation's, its action's, and one for the rest.
template <typename T>
__global__ void cut(Recorded<T> from, Size batch, Divisor width, Divisor context,
                    const std::int64_t* starts, CutWindows<T> to) {
  const Size number = thread_number();
  const Size place = number / width, column = number % width;  // place: row · context + t
  if (place >= batch * context) return;
  const Size t = place % context, start = starts[place / context];
  const bool real = t < from.remaining[start];
  const Size transition = start + t;
  if (column < from.observation_dim) {
    to.observations[place * from.observation_dim + column] =
        real ? from.observations[transition * from.observation_dim + column] : T(0);
  } else if (column < width - 1) {
    const Size i = column - from.observation_dim;
    to.actions[place * from.action_dim + i] =
        real ? from.actions[transition * from.action_dim + i] : T(0);
  } else {
    to.returns_to_go[place] = real ? from.returns_to_go[transition] : T(0);
    to.timesteps[place] = real ? from.timesteps[transition] : 0;
    to.mask[place] = real ? T(1) : T(0);
  }
}

}  // namespace

void install_windows() {
  const auto install = []<typename T>(T) {
    draw_starts<T> = [](DrawKey key, const Recorded<T>& from, const WindowShares& shares,
                        Size batch, Size context, std::int64_t* starts, T* count) {
      launch(starts_of<T>, 1, kThreads, kThreads / kWarp * sizeof(double), key, from, shares, batch,
             context, starts, count);
    };
    cut_windows<T> = [](const Recorded<T>& from, Size batch, Size context,
                        const std::int64_t* starts, const CutWindows<T>& to) {
      const Size width = from.observation_dim + from.action_dim + 1;
      launch(cut<T>, blocks_for(batch * context * width), kThreads, 0, from, batch, width, context,
             starts, to);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
