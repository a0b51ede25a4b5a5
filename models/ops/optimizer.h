// The arithmetic of AdamW and of Polyak averaging, over flat blocks of parameters or parts of them.
//
// On the CPU the caller cuts a block into parts, and so decides what runs in parallel. On CUDA one
// call updates a whole block without waiting. It reads values that differ from step to step from
// the device's memory, so that a captured graph can replay it.
#pragma once

#include <cstdint>
#include <span>

#include "models/core/tensor.h"
#include "models/ops/common/optimizer.h"

namespace seqrl {

// The number of elements that share one weight decay.
inline constexpr std::int64_t kDecayGranule = 16;

// The tensors that one update reads and writes: (n), of one dtype and device.
struct AdamWTensors {
  Tensor parameters, first_moment, second_moment;
  Tensor gradient;  // cleared afterwards
};

// One update with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101), as PyTorch
// computes it, with g = scale · gradient:
//   p ← p − lr·decay·p;  m ← β1 m + (1−β1) g;  v ← β2 v + (1−β2) g²;
//   p ← p − step_size · m / (√v·root + ε)
// On the CPU.
//   decay  one number for each kDecayGranule elements; the last group may be shorter
void adamw(const AdamWTensors& tensors, const op::AdamWRates& rates, std::span<const double> decay);

// sum += other, then clears other; both (n). The same bits on every device.
void add_and_clear(const Tensor& sum, const Tensor& other);

// Σ x² in float64, in an order that depends only on the size of x. On the CPU.
double square_norm(const Tensor& x);

// The same update on CUDA, for a whole block. `state` and `other` are in the device's memory.
//   state    holds the arguments of the step, and receives its results
//   other    null, or the state of another optimizer: if that has failed, this one fails with it
//   clip     the largest norm of the gradient; 0 for no clipping
//   loss     one element of the gradient's dtype. If it or the norm is not finite, this step and
//            all later ones update nothing, but clear the gradient.
//   decay    (n / kDecayGranule, rounded up) float64
//   scratch  (adamw_scratch(n)) float64
void adamw_step(op::StepState* state, const op::StepState* other, double clip, const Tensor& loss,
                const AdamWTensors& tensors, const Tensor& decay, const Tensor& scratch);
std::int64_t adamw_scratch(std::int64_t n);

// Stores the next step's arguments in the state, which is in the memory of Device::cuda.
void set_step_arguments(op::StepState* state, const op::StepArguments& arguments);

// target ← target + rate·(parameters − target), both (n).
//   state  on CUDA, the state of the parameters' optimizer, in the device's memory: once it has
//          failed, nothing is updated; on the CPU, null
void polyak_update(const Tensor& parameters, const Tensor& target, double rate,
                   const op::StepState* state = nullptr);

}  // namespace seqrl
