// Sums over rows: the gradient of an input that is added to, or multiplies, every row.
#pragma once

#include <initializer_list>

#include "models/core/tape.h"

namespace seqrl {

// Adds Σ_r x[r] for x (rows, columns) to the gradient of `input`, of `columns` elements; nothing
// where it is undefined or wants none.
template <typename T>
void add_row_sums(Tape& tape, const Tensor& input, std::int64_t rows, const T* x);

// On CUDA: adds up parts (count, elements of `input`) into its gradient. `parts` must last until
// the pass ends: parameters' sums, which nothing reads before, are deferred until all rules ran
// and added up together. Of several inputs those that are no parameters are added up together, too.
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

// Adds the sums over the rows of dy, the gradient of an op's output y, to that of `input`: those
// that dy's producer kept, if any, or else as add_row_sums() does.
template <typename T>
void add_gradient_sums(Tape& tape, const Tensor& input, const Tensor& y, std::int64_t rows,
                       const T* dy);

// Of inputs whose gradient is wanted: memory for parts (count, elements of `input`); else null.
template <typename T>
T* parts_for(Tape& tape, const Tensor& input, std::int64_t count);

}  // namespace seqrl
