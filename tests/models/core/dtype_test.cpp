#include "models/core/dtype.h"

#include <string>

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("element types have the sizes and names of their C++ types") {
  CHECK(size_of(dtype_of<float>()) == sizeof(float));
  CHECK(size_of(dtype_of<double>()) == sizeof(double));
  CHECK(size_of(dtype_of<std::int32_t>()) == sizeof(std::int32_t));
  CHECK(std::string(name_of(DType::f32)) == "float32");
  CHECK(std::string(name_of(DType::f64)) == "float64");
  CHECK(std::string(name_of(DType::i32)) == "int32");
  CHECK(std::string(name_of(Device::cuda)) == "cuda");
}

TEST_CASE("dispatch calls with the C++ type of a dtype, and rejects integers") {
  const auto size = []<typename T>(T) { return sizeof(T); };
  CHECK(dispatch(DType::f32, size) == sizeof(float));
  CHECK(dispatch(DType::f64, size) == sizeof(double));
  CHECK_THROWS_AS(dispatch(DType::i32, size), Error);
}
