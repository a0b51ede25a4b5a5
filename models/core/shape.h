// The shape of a tensor: up to four dimensions, row-major.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace seqrl {

class Shape {
 public:
  static constexpr int kMaxRank = 4;

  Shape() = default;  // rank 0: a scalar, one element
  Shape(std::initializer_list<std::int64_t> dims);

  int rank() const { return rank_; }
  std::int64_t operator[](int axis) const { return dims_[static_cast<std::size_t>(axis)]; }
  std::int64_t back() const { return rank_ == 0 ? 1 : (*this)[rank_ - 1]; }

  // The product of all dimensions, and of all but the last.
  std::int64_t size() const;
  std::int64_t rows() const;

  // The same shape with the last dimension replaced; rank must be at least 1.
  Shape with_back(std::int64_t dim) const;

  bool operator==(const Shape&) const = default;
  std::string text() const;  // "(8, 20, 128)"

 private:
  std::array<std::int64_t, kMaxRank> dims_{};
  int rank_ = 0;
};

}  // namespace seqrl
