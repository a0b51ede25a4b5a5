#include "models/ops/cpu/rotary.h"

#include <cmath>

namespace seqrl::cpu {
namespace {

// The direction is a constant, so each is compiled separately: the bits of a difference of products
// depend on which of them is fused.
template <int kSign, typename T>
void turn(std::int64_t rows, std::int64_t time, std::int64_t columns, std::int64_t size, const T* x,
          const T* table, T* y, bool accumulate) {
  constexpr T sign = kSign;
  const std::int64_t turned = columns / 3 * 2, half = size / 2;
  const auto put = [accumulate](T& element, T value) {
    element = accumulate ? element + value : value;
  };
  for (std::int64_t row = 0; row < rows; ++row, x += columns, y += columns) {
    const T *cosine = table + row % time * size, *sine = cosine + half;
    for (std::int64_t head = 0; head < turned; head += size) {
      for (std::int64_t i = 0; i < half; ++i) {
        const T a = x[head + i], b = x[head + half + i], s = sign * sine[i];
        put(y[head + i], a * cosine[i] - b * s);
        put(y[head + half + i], b * cosine[i] + a * s);
      }
    }
    for (std::int64_t i = turned; i < columns; ++i) put(y[i], x[i]);
  }
}

}  // namespace

template <typename T>
void rotary_table(Position first, std::int64_t time, std::int64_t size, T* table) {
  for (std::int64_t i = 0; i < size / 2; ++i) {
    const double rate =
        std::pow(10000.0, -2.0 * static_cast<double>(i) / static_cast<double>(size));
    for (std::int64_t t = 0; t < time; ++t) {
      const double angle = static_cast<double>(first.number + t) * rate;
      table[t * size + i] = static_cast<T>(std::cos(angle));
      table[t * size + size / 2 + i] = static_cast<T>(std::sin(angle));
    }
  }
}

template <typename T>
void rotary(std::int64_t rows, std::int64_t time, std::int64_t columns, std::int64_t size,
            const T* x, const T* table, T sign, T* y, bool accumulate) {
  if (sign < 0) {
    turn<-1>(rows, time, columns, size, x, table, y, accumulate);
  } else if (accumulate) {
    turn<1>(rows, time, columns, size, x, table, y, true);
  } else {
    turn<1>(rows, time, columns, size, x, table, y, false);
  }
}

#define SEQRL_INSTANTIATE(T)                                                                \
  template void rotary_table<T>(Position, std::int64_t, std::int64_t, T*);                  \
  template void rotary<T>(std::int64_t, std::int64_t, std::int64_t, std::int64_t, const T*, \
                          const T*, T, T*, bool);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu
