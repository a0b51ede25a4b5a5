// Code shared by all ops: input checks, the choice of a device, the destinations of gradients.
#pragma once

#include <initializer_list>

#include "configs/base/error.h"
#include "models/core/tape.h"
#include "models/ops/common/sink.h"

namespace seqrl::cuda {
template <typename Function>
class Kernel;  // declared here because its header is not installed, unlike this one
}  // namespace seqrl::cuda

namespace seqrl::op {

// Begins the op of this name and returns the tape of its inputs: that of the first input with a
// tape. Parameters and states have none.
inline Tape& begin(const char* op, std::initializer_list<Tensor> inputs) {
  for (const Tensor& input : inputs) {
    if (!input.tape()) continue;
    for (const Tensor& other : inputs) {
      SEQRL_CHECK(!other.defined() || other.device() == input.device());
    }
    input.tape()->begin_op(op);
    return *input.tape();
  }
  SEQRL_CHECK(!"an op needs an input on a tape");
  __builtin_unreachable();
}

// Whether a backward rule must be recorded for some input.
inline bool differentiates(const Tape& tape, std::initializer_list<Tensor> inputs) {
  if (!tape.recording()) return false;
  for (const Tensor& input : inputs) {
    SEQRL_CHECK(!input.defined() || input.device() == tape.device());
    if (input.defined() && input.requires_gradient()) return true;
  }
  return false;
}

// "linear: weight has shape (3, 4), expected (3, 5)"
inline void require_shape(const char* op, const char* what, const Tensor& tensor, Shape expected) {
  SEQRL_REQUIRE(tensor.shape() == expected, "{}: {} has shape {}, expected {}", op, what,
                tensor.shape().text(), expected.text());
}

inline void require_dtype(const char* op, const char* what, const Tensor& tensor, DType expected) {
  SEQRL_REQUIRE(tensor.dtype() == expected, "{}: {} is {}, expected {}", op, what,
                name_of(tensor.dtype()), name_of(expected));
}

inline bool on_cuda(const Tape& tape) {
  return tape.device() == Device::cuda;
}

// Calls the kernel of the tape's device; both take the same arguments.
template <typename... Args, typename... Given>
void run(const Tape& tape, void (*cpu)(Args...), const cuda::Kernel<void(Args...)>& cuda,
         Given... given) {
  if (on_cuda(tape)) {
    cuda(given...);
  } else {
    cpu(given...);
  }
}

// A tensor's elements; null if it is undefined.
template <typename T>
T* data_or_null(const Tensor& tensor) {
  return tensor.defined() ? tensor.data<T>() : nullptr;
}

// Zero-filled memory of the current pass.
template <typename T>
T* zeros(Tape& tape, std::int64_t count) {
  T* values = tape.scratch<T>(count);
  runtime_of(tape.device()).zero(values, static_cast<std::size_t>(count) * sizeof(T));
  return values;
}

inline bool wants_gradient(const Tensor& input) {
  return input.defined() && input.requires_gradient();
}

// The destination of an input's gradient, for a kernel; null if no gradient is required.
template <typename T>
Sink<T> sink_of(Tape& tape, const Tensor& input) {
  if (!wants_gradient(input)) return {nullptr, false};
  const auto [gradient, accumulate] = tape.sink(input);
  return {gradient.data<T>(), accumulate};
}

// The same for a kernel that adds to the gradient; zero-filled first if there is none yet. Null if
// no gradient is required.
template <typename T>
T* added_sink(Tape& tape, const Tensor& input) {
  if (!wants_gradient(input)) return nullptr;
  const auto [gradient, accumulate] = tape.sink(input);
  if (!accumulate) zero(gradient);
  return gradient.data<T>();
}

}  // namespace seqrl::op
