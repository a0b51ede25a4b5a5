#include "models/backbones/backbone.h"

#include "models/ops/tokens.h"

namespace seqrl {

Tensor Backbone::forward_strided(std::int64_t stride, std::int64_t offset, const Tensor& x,
                                 State* state) const {
  return strided_tokens(forward(x, state), stride, offset);
}

Tensor Backbone::forward_at(const Tensor& rows, const Tensor& x) const {
  return tokens_at(forward(x), rows);
}

}  // namespace seqrl
