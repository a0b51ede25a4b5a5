// CUDA kernels of models/ops/windows.h.
#pragma once

#include "models/ops/cuda/kernel.h"
#include "models/ops/window_shares.h"

namespace seqrl::cuda {

// ResidentEpisodes as pointers.
template <typename T>
struct Recorded {
  std::int64_t transitions, observation_dim, action_dim;
  const T *observations, *actions, *returns_to_go;
  const std::int32_t *timesteps, *remaining;
};

// Windows as pointers.
template <typename T>
struct CutWindows {
  T *observations, *actions, *returns_to_go;
  std::int32_t* timesteps;
  T* mask;
};

// Draws depend on this key alone. The step is on the device unless step_on_device is null.
struct DrawKey {
  std::uint64_t seed, step;
  const std::uint64_t* step_on_device;
};

// Finds the transition that each window begins with, and the number of timesteps in all windows.
template <typename T>
inline Kernel<void(DrawKey, const Recorded<T>&, const WindowShares&, std::int64_t batch,
                   std::int64_t context, std::int64_t* starts, T* count)>
    draw_starts;

template <typename T>
inline Kernel<void(const Recorded<T>&, std::int64_t batch, std::int64_t context,
                   const std::int64_t* starts, const CutWindows<T>&)>
    cut_windows;

}  // namespace seqrl::cuda
