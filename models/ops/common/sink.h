// The destination of a gradient.
#pragma once

namespace seqrl::op {

// A gradient to be written, or added to if `accumulate` is set; null: not required.
template <typename T>
struct Sink {
  T* data;
  bool accumulate;
};

}  // namespace seqrl::op
