// CPU kernels of models/ops/scan.h: serial in time, vectorised over dim, one sequence at a time.
//
// Only h is kept for the backward pass: recomputing gates is cheaper than storing them.
#pragma once

#include "models/ops/common/scan.h"
#include "models/ops/common/sink.h"

namespace seqrl::cpu {

using op::ScanSize;
using op::Sink;

template <typename T>
void linear_recurrence(ScanSize size, const T* a, const T* b, const T* h0, T* h);
template <typename T>
void min_gru_scan(ScanSize size, CandidateState state, const T* gates, const T* h0, T* h);
template <typename T>
void min_lstm_scan(ScanSize size, CandidateState state, const T* gates, const T* h0, T* h);

// Backward passes from dh (batch, time, dim). `carry` (dim) is scratch. Adds to dh0, which has the
// strides of h0; null: not wanted.
template <typename T>
void linear_recurrence_backward(ScanSize size, const T* a, const T* h0, const T* h, const T* dh,
                                T* carry, Sink<T> da, Sink<T> db, T* dh0);
template <typename T>
void min_gru_scan_backward(ScanSize size, CandidateState state, const T* gates, const T* h0,
                           const T* h, const T* dh, T* carry, Sink<T> dgates, T* dh0);
template <typename T>
void min_lstm_scan_backward(ScanSize size, CandidateState state, const T* gates, const T* h0,
                            const T* h, const T* dh, T* carry, Sink<T> dgates, T* dh0);

}  // namespace seqrl::cpu
