// The header of an array in NumPy's format, .npy.
// Source: numpy.lib.format, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seqrl {

struct NpyHeader {
  char kind = 'f';  // f float, i integer, u unsigned integer, b boolean
  int width = 4;    // bytes of a number, little-endian
  std::vector<std::int64_t> shape = {};
  std::size_t begin = 0;  // where the numbers begin

  std::int64_t size() const;  // the product of the shape

  // The header at the beginning of `bytes`. An Error of kind user, which begins with `where`, for
  // anything but numbers in C order and little-endian.
  static NpyHeader parse(std::string_view bytes, const std::string& where);
};

}  // namespace seqrl
