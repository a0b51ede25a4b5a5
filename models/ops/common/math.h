// Transcendental functions that compilers turn into vector code, for the CPU and for kernels.
//
// The float32 forms are branch-free, so that a loop over them vectorises and an element's bits do
// not depend on its place in the loop. Largest error against float64: 2 ulp (exp), 3 ulp (sigmoid),
// 4 ulp (tanh, softplus). The float64 forms, for tests and gradient checks, call the C library.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#ifdef __CUDACC__  // CUDA kernels also use these functions, some with GPU instructions
#define SEQRL_EVERYWHERE __host__ __device__
#else
#define SEQRL_EVERYWHERE
#endif

namespace seqrl::math {

// a / b; on CUDA to 2 ulp, without the branches of correct rounding, and 0 for b > 2^126.
SEQRL_EVERYWHERE inline double quotient(double a, double b) {
  return a / b;
}
SEQRL_EVERYWHERE inline float quotient(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fdividef(a, b);
#else
  return a / b;
#endif
}

// The bits of 1, 88 and −87.
inline constexpr std::uint32_t kBits1 = std::bit_cast<std::uint32_t>(1.0f);
inline constexpr std::int32_t kBits88 = std::bit_cast<std::int32_t>(88.0f);
inline constexpr std::uint32_t kBitsMinus87 = std::bit_cast<std::uint32_t>(-87.0f);

SEQRL_EVERYWHERE inline double exp(double x) {
  return std::exp(x);
}

// Overflows to a large finite number and underflows to about 1e-38, never to ∞ or 0; keeps NaN.
SEQRL_EVERYWHERE inline float exp(float x) {
#ifdef __CUDA_ARCH__
  x = x > 88.0f ? 88.0f : x;
  x = x < -87.0f ? -87.0f : x;
  return ::expf(x);  // half the instructions, because the GPU has 2^x
#else
  // Clamps x to [−87, 88] by comparing bits: as integers they are compared in one instruction. NaN
  // is restored at the end.
  std::int32_t lowered = std::bit_cast<std::int32_t>(x);
  lowered = lowered < kBits88 ? lowered : kBits88;
  std::uint32_t raised = static_cast<std::uint32_t>(lowered);
  raised = raised < kBitsMinus87 ? raised : kBitsMinus87;
  const float y = std::bit_cast<float>(raised);
  // y = n·ln 2 + r with |r| ≤ ln 2 / 2; adding 1.5·2²³ rounds to an integer in the low bits.
  const float shifted = y * 1.44269504088896341f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  const float r = (y - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 5040;  // Taylor: |r|⁸/8! is below half an ulp
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const float power = std::bit_cast<float>((std::bit_cast<std::uint32_t>(shifted) << 23) + kBits1);
  return x == x ? p * power : x;  // 2ⁿ: exact
#endif
}

// 1 / (1 + e^−x); on CUDA to 1e-7, in four instructions, and 0 for x < −88.
template <typename T>
SEQRL_EVERYWHERE T sigmoid(T x) {
#ifdef __CUDA_ARCH__
  if constexpr (sizeof(T) == sizeof(float)) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x * -1.44269504088896341f));
    y += 1.0f;
    asm("rcp.approx.ftz.f32 %0, %0;" : "+f"(y));
    return y;
  }
#endif
  return quotient(T(1), T(1) + exp(-x));
}

SEQRL_EVERYWHERE inline double tanh(double x) {
  return std::tanh(x);
}
SEQRL_EVERYWHERE inline float tanh(float x) {
  const float a = x < 0 ? -x : x;
  const float e = exp(-2.0f * a);
  const float far = quotient(1.0f - e, 1.0f + e);
  // Near 0 the difference 1 − e cancels: Taylor to x¹¹.
  const float s = a * a;
  float p = -1382.0f / 155925;
  p = p * s + 62.0f / 2835;
  p = p * s - 17.0f / 315;
  p = p * s + 2.0f / 15;
  p = p * s - 1.0f / 3;
  p = p * s + 1.0f;
  const float near = a * p;
  const float y = a < 0.35f ? near : far;
  return x < 0 ? -y : x == x ? y : x;
}

// ln(1 + u) for u in [0, 1], by the series of artanh(u / (2 + u)).
SEQRL_EVERYWHERE inline double log1p_unit(double u) {
  return std::log1p(u);
}
SEQRL_EVERYWHERE inline float log1p_unit(float u) {
  const float s = quotient(u, 2.0f + u);
  const float q = s * s;
  float p = 1.0f / 13;
  p = p * q + 1.0f / 11;
  p = p * q + 1.0f / 9;
  p = p * q + 1.0f / 7;
  p = p * q + 1.0f / 5;
  p = p * q + 1.0f / 3;
  p = p * q + 1.0f;
  return 2.0f * s * p;
}

// ln(1 + e^x)
template <typename T>
SEQRL_EVERYWHERE T softplus(T x) {
  const T a = x < 0 ? -x : x;
  return (x > 0 ? x : T(0)) + log1p_unit(exp(-a));
}

// A function's value and derivative at x, from one exponential. Inlined, so that loops vectorise.
template <typename T>
struct ValueAndSlope {
  T value, slope;
};

// x·sigmoid(x)
template <typename T>
SEQRL_EVERYWHERE T silu(T x) {
  return x * sigmoid(x);
}
template <typename T>
SEQRL_EVERYWHERE [[gnu::always_inline]] inline ValueAndSlope<T> silu_with_slope(T x) {
  const T s = sigmoid(x);
  return {x * s, s * (T(1) + x * (T(1) - s))};
}

// GELU in its tanh form, x·sigmoid(2√(2/π)·(x + 0.044715 x³)).
// Source: Hendrycks & Gimpel, arXiv 1606.08415.
template <typename T>
SEQRL_EVERYWHERE [[gnu::always_inline]] inline ValueAndSlope<T> gelu_with_slope(T x) {
  constexpr T c = T(1.5957691216057308);
  const T s = sigmoid(c * (x + T(0.044715) * x * x * x));
  return {x * s, s + x * s * (T(1) - s) * c * (T(1) + T(3 * 0.044715) * x * x)};
}
template <typename T>
SEQRL_EVERYWHERE T gelu(T x) {
  return gelu_with_slope(x).value;
}

}  // namespace seqrl::math
