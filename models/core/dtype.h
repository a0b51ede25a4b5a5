// Element types, devices and precisions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "configs/base/error.h"

namespace seqrl {

enum class DType : std::uint8_t { f32, f64, i32 };
enum class Device : std::uint8_t { cpu, cuda };

// The precision to which a device's matrix products round their factors; sums are in float32.
enum class Precision : std::uint8_t {
  float32,
  tf32,  // 10 bits of mantissa
  bf16,  // 7 bits of mantissa
};

constexpr std::size_t size_of(DType dtype) {
  return dtype == DType::f64 ? 8 : 4;
}
constexpr const char* name_of(DType dtype) {
  return dtype == DType::f32 ? "float32" : dtype == DType::f64 ? "float64" : "int32";
}

// The name used in configs and reports.
constexpr const char* name_of(Device device) {
  return device == Device::cuda ? "cuda" : "cpu";
}

template <typename T>
constexpr DType dtype_of() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> ||
                std::is_same_v<T, std::int32_t>);
  return std::is_same_v<T, float>    ? DType::f32
         : std::is_same_v<T, double> ? DType::f64
                                     : DType::i32;
}

// Calls f(float{}) or f(double{}) according to dtype; f is a generic lambda.
template <typename F>
decltype(auto) dispatch(DType dtype, F&& f) {
  SEQRL_CHECK(dtype != DType::i32);
  return dtype == DType::f32 ? std::forward<F>(f)(float{}) : std::forward<F>(f)(double{});
}

}  // namespace seqrl
