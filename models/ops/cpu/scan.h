// Kernels of models/ops/scan.h: serial in time, vectorised over dim, one sequence after the other.
//
// Nothing but h is kept for the backward pass: gates are cheaper to compute again than to store.
#pragma once

#include <cstdint>

#include "models/ops/scan.h"

namespace seqrl::cpu {

// Where sequence b's h0 stands: at h0 + b · h0_stride, a stride of 0 sharing one.
struct ScanSize {
  std::int64_t batch, time, dim, h0_stride;
};

template <typename T>
void linear_recurrence(ScanSize size, const T* a, const T* b, const T* h0, T* h);
template <typename T>
void min_gru_scan(ScanSize size, CandidateState state, const T* gates, const T* h0, T* h);
template <typename T>
void min_lstm_scan(ScanSize size, CandidateState state, const T* gates, const T* h0, T* h);

// A gradient to be written, or added to with `accumulate`; null: not wanted.
template <typename T>
struct ScanSink {
  T* data;
  bool accumulate;
};

// Backward passes from dh (batch, time, dim). `carry` (dim) is scratch. dh0, with the strides of
// h0, is added to; null: not wanted.
template <typename T>
void linear_recurrence_backward(ScanSize size, const T* a, const T* h0, const T* h, const T* dh,
                                T* carry, ScanSink<T> da, ScanSink<T> db, T* dh0);
template <typename T>
void min_gru_scan_backward(ScanSize size, CandidateState state, const T* gates, const T* h0,
                           const T* h, const T* dh, T* carry, ScanSink<T> dgates, T* dh0);
template <typename T>
void min_lstm_scan_backward(ScanSize size, CandidateState state, const T* gates, const T* h0,
                            const T* h, const T* dh, T* carry, ScanSink<T> dgates, T* dh0);

}  // namespace seqrl::cpu
