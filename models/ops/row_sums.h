// Sums over rows: the gradient of an input that is added to, or multiplies, every row.
#pragma once

#include <initializer_list>

#include "models/core/tape.h"

namespace seqrl {

// Adds Σ_r x[r] for x (rows, columns) to the gradient of `input`, of `columns` elements. Does
// nothing if `input` is undefined or requires no gradient.
template <typename T>
void add_row_sums(Tape& tape, const Tensor& input, std::int64_t rows, const T* x);

// On CUDA: adds up parts (count, elements of `input`) into the gradient of `input`. `parts` must
// stay valid until the pass ends. Nothing reads the sums of parameters earlier, so they are
// deferred and added up together after all rules have run. Inputs of one call that are not
// parameters are also added up together.
template <typename T>
struct InputParts {
  Tensor input;
  std::int64_t count;
  const T* parts;
};
template <typename T>
void add_part_sums(Tape& tape, std::initializer_list<InputParts<T>> all);
template <typename T>
void add_part_sums(Tape& tape, const Tensor& input, std::int64_t count, const T* parts);

// Adds the sums over the rows of dy, the gradient of an op's output y, to the gradient of `input`.
// Uses the sums that the rule writing dy kept, if any; otherwise like add_row_sums().
template <typename T>
void add_gradient_sums(Tape& tape, const Tensor& input, const Tensor& y, std::int64_t rows,
                       const T* dy);

// Memory for parts (count, elements of `input`) if `input` requires a gradient; otherwise null.
template <typename T>
T* parts_for(Tape& tape, const Tensor& input, std::int64_t count);

}  // namespace seqrl
