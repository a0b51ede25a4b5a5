#include "models/ops/cuda/rotary.h"

#include <cmath>

#include "models/ops/cuda/position.cuh"

namespace seqrl::cuda {
namespace {

template <typename T>
__global__ void angles(Position first, Size time, Size size, T* table) {
  const Size number = thread_number(), half = size / 2;
  if (number >= time * half) return;
  const Size t = number / half, i = number % half;
  const double rate = std::pow(10000.0, -2.0 * static_cast<double>(i) / static_cast<double>(size));
  const double angle = static_cast<double>(value_of(first) + t) * rate;
  table[t * size + i] = static_cast<T>(std::cos(angle));
  table[t * size + half + i] = static_cast<T>(std::sin(angle));
}

template <typename T>
__global__ void turn(Size rows, Divisor time, Divisor columns, Divisor size, Divisor half,
                     const T* x, const T* table, T sign, T* y, bool accumulate) {
  const Size number = thread_number();
  if (number >= rows * columns) return;
  const Size row = number / columns, column = number % columns;
  const Size within = column % size;
  if (column * 3 >= columns * 2) return put(y[number], x[number], accumulate);  // values unchanged
  const T* of = table + row % time * size + within % half;
  const T cosine = of[0], sine = sign * of[half];
  const T turned = within < half ? x[number] * cosine - x[number + half] * sine
                                 : x[number] * cosine + x[number - half] * sine;
  put(y[number], turned, accumulate);
}

}  // namespace

void install_rotary() {
  const auto install = []<typename T>(T) {
    rotary_table<T> = [](Position first, Size time, Size size, T* table) {
      launch(angles<T>, blocks_for(time * size / 2), kThreads, 0, first, time, size, table);
    };
    rotary<T> = [](Size rows, Size time, Size columns, Size size, const T* x, const T* table,
                   T sign, T* y, bool accumulate) {
      launch(turn<T>, blocks_for(rows * columns), kThreads, 0, rows, time, columns, size, size / 2,
             x, table, sign, y, accumulate);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda
