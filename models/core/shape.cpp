#include "models/core/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "configs/base/error.h"

namespace seqrl {

Shape::Shape(std::initializer_list<std::int64_t> dims) : rank_(static_cast<int>(dims.size())) {
  SEQRL_CHECK(rank_ <= kMaxRank);
  SEQRL_CHECK(std::all_of(dims.begin(), dims.end(), [](std::int64_t d) { return d >= 0; }));
  std::copy(dims.begin(), dims.end(), dims_.begin());
}

std::int64_t Shape::size() const {
  return std::accumulate(dims_.begin(), dims_.begin() + rank_, std::int64_t{1},
                         std::multiplies<>());
}

std::int64_t Shape::rows() const {
  return std::accumulate(dims_.begin(), dims_.begin() + std::max(0, rank_ - 1), std::int64_t{1},
                         std::multiplies<>());
}

Shape Shape::with_back(std::int64_t dim) const {
  SEQRL_CHECK(rank_ >= 1);
  Shape shape = *this;
  shape.dims_[static_cast<std::size_t>(rank_ - 1)] = dim;
  return shape;
}

std::string Shape::text() const {
  return fmt::format("({})", fmt::join(dims_.begin(), dims_.begin() + rank_, ", "));
}

}  // namespace seqrl
