// The arithmetic of AdamW and of Polyak averaging, over flat blocks of parameters or parts of them.
//
// On the CPU the caller cuts a block into parts, and so decides what runs at the same time. On CUDA
// one call updates a whole block; it waits for nothing, and reads what differs from step to step
// from the device's memory, so that a captured graph can replay it.
#pragma once

#include <cstdint>
#include <span>

#include "models/core/tensor.h"
#include "models/ops/common/optimizer.h"

namespace seqrl {

// Elements that share one weight decay.
inline constexpr std::int64_t kDecayGranule = 16;

// What one update reads and writes: (n), of one dtype and device.
struct AdamWTensors {
  Tensor parameters, first_moment, second_moment;
  Tensor gradient;  // cleared afterwards
};

// One update, with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101), in PyTorch's
// arithmetic, g being scale · gradient:
//   p ← p − lr·decay·p;  m ← β1 m + (1−β1) g;  v ← β2 v + (1−β2) g²;
//   p ← p − step_size · m / (√v·root + ε)
// On the CPU.
//   decay  one number for each kDecayGranule elements, the last of which may be cut short
void adamw(const AdamWTensors& tensors, const op::AdamWRates& rates, std::span<const double> decay);

// sum += other, which is cleared; both (n). The same bits on every device.
void add_and_clear(const Tensor& sum, const Tensor& other);

// Σ x² in float64, in an order that the size of x alone decides. On the CPU.
double square_norm(const Tensor& x);

// The same update on CUDA, of a whole block. `state` and `other` are in the device's memory.
//   state    its arguments are those of the step, and it keeps what came of it
//   other    null, or the state of another optimizer: where that has failed, this fails with it
//   clip     the largest norm of the gradient; 0 for no clipping
//   loss     one element of the gradient's dtype. Where it or the norm is not finite, this step and
//            all later ones update nothing, but clear the gradient.
//   decay    (n / kDecayGranule, rounded up) float64
//   scratch  (adamw_scratch(n)) float64
void adamw_step(op::StepState* state, const op::StepState* other, double clip, const Tensor& loss,
                const AdamWTensors& tensors, const Tensor& decay, const Tensor& scratch);
std::int64_t adamw_scratch(std::int64_t n);

// Stores the next step's arguments in the state, in the memory of Device::cuda.
void set_step_arguments(op::StepState* state, const op::StepArguments& arguments);

// target ← target + rate·(parameters − target), both (n).
//   state  on CUDA the parameters' optimizer's, in the device's memory: nothing is done once it has
//          failed; null on the CPU
void polyak_update(const Tensor& parameters, const Tensor& target, double rate,
                   const op::StepState* state = nullptr);

}  // namespace seqrl
