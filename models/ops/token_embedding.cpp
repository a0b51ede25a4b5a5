#include "models/ops/token_embedding.h"

#include <algorithm>

#include "models/ops/cuda/token_embedding.h"
#include "models/ops/cuda/tokens.h"
#include "models/ops/linear.h"
#include "models/ops/op.h"
#include "models/ops/row_sums.h"
#include "models/ops/tokens.h"

namespace seqrl {
namespace {

using Parts = std::array<TokenPart, cuda::kTokenParts>;

// Whether the kernels accept the inputs. If not, the ops that they replace report wrong shapes.
bool fits_kernels(const Parts& parts, const Tensor& table, const Tensor& ids) {
  const auto fits = [&](const TokenPart& part) {
    return part.x.tape() && part.x.tape()->device() == Device::cuda &&
           !part.x.requires_gradient() && part.x.shape().rank() == 3 &&
           part.x.dim(2) <= cuda::kWidestPart && part.x.dim(0) == ids.dim(0) &&
           part.x.dim(1) == ids.dim(1) && part.bias.defined() && part.x.dtype() == table.dtype() &&
           part.weight.dtype() == table.dtype() && part.bias.dtype() == table.dtype() &&
           part.weight.shape() == Shape({table.dim(1), part.x.dim(2)}) &&
           part.bias.shape() == Shape({table.dim(1)});
  };
  return table.shape().rank() == 2 && ids.shape().rank() == 2 && ids.dtype() == DType::i32 &&
         ids.size() <= cuda::kMostTimesteps && std::ranges::all_of(parts, fits);
}

template <typename T>
cuda::TokenInputs<T> inputs_of(const Parts& parts) {
  cuda::TokenInputs<T> inputs;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    inputs.x[p] = parts[p].x.data<T>();
    inputs.weight[p] = parts[p].weight.data<T>();
    inputs.bias[p] = parts[p].bias.data<T>();
    inputs.width[p] = static_cast<int>(parts[p].x.dim(2));
  }
  return inputs;
}

template <typename T>
void backward(Tape& tape, const Parts& parts, const Tensor& table, const Tensor& ids, const T* dy) {
  const std::int64_t rows = ids.size(), dim = table.dim(1);
  const std::int64_t count = cuda::RowParts(rows).count;
  cuda::TokenSums<T> sums;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    sums.weight[p] = parts_for<T>(tape, parts[p].weight, count);
    sums.bias[p] = parts_for<T>(tape, parts[p].bias, count);
  }
  cuda::embed_tokens_backward<T>(rows, dim, inputs_of<T>(parts), dy, sums);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    add_part_sums<T>(tape, parts[p].weight, count, sums.weight[p]);
    add_part_sums<T>(tape, parts[p].bias, count, sums.bias[p]);
  }
  if (T* to = op::added_sink<T>(tape, table)) {
    cuda::scatter_rows<T>(rows, dim, dy, cuda::kTokenParts, ids.data<std::int32_t>(), to,
                          table.dim(0),
                          tape.scratch<T>(cuda::scatter_scratch(rows, dim, table.dim(0))));
  }
}

}  // namespace

Tensor embed_tokens(const Parts& parts, const Tensor& table, const Tensor& ids) {
  const auto embed = [](const TokenPart& part) { return linear(part.x, part.weight, part.bias); };
  if (!fits_kernels(parts, table, ids)) {
    return interleave({embed(parts[0]), embed(parts[1]), embed(parts[2])}, embedding(table, ids));
  }
  Tape& tape = op::begin("embed_tokens", {parts[0].x, parts[1].x, parts[2].x, ids, table});
  const std::int64_t rows = ids.size(), dim = table.dim(1);
  const Tensor y = tape.output({ids.dim(0), cuda::kTokenParts * ids.dim(1), dim}, table.dtype());
  dispatch(table.dtype(), [&]<typename T>(T) {
    cuda::embed_tokens<T>(rows, dim, inputs_of<T>(parts), table.data<T>(), table.dim(0),
                          ids.data<std::int32_t>(), y.data<T>());
  });
  const bool learns =
      op::differentiates(tape, {table, parts[0].weight, parts[0].bias, parts[1].weight,
                                parts[1].bias, parts[2].weight, parts[2].bias});
  if (learns) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      dispatch(table.dtype(),
               [&]<typename T>(T) { backward<T>(tape, parts, table, ids, dy.data<T>()); });
    });
  }
  return y;
}

}  // namespace seqrl
