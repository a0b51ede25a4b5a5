// The place of a gradient.
#pragma once

namespace seqrl::op {

// A gradient to be written, or added to with `accumulate`; null: not wanted.
template <typename T>
struct Sink {
  T* data;
  bool accumulate;
};

}  // namespace seqrl::op
