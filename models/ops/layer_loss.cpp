#include "models/ops/layer_loss.h"

#include "models/ops/cuda/loss.h"
#include "models/ops/linear.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

// Whether the kernel accepts z, the result of linear(). If not, masked_mean_squared_error() reports
// wrong shapes.
bool fits_kernel(const Tensor& z, const Tensor& target, const Tensor& mask,
                 const MeanCount& count) {
  const bool counts = count.on_device.defined()
                          ? count.on_device.size() == 1 && count.on_device.dtype() == z.dtype()
                          : count.number > 0;
  return target.shape() == z.shape() && target.dtype() == z.dtype() &&
         mask.size() == z.shape().rows() && mask.dtype() == z.dtype() && counts;
}

}  // namespace

Tensor linear_squared_error(const Tensor& x, const Tensor& weight, const Tensor& bias,
                            Activation activation, const Tensor& target, const Tensor& mask,
                            const MeanCount& count) {
  if (x.device() == Device::cpu) {
    return masked_mean_squared_error(linear(x, weight, bias, activation), target, mask, count);
  }
  const Tensor z = linear(x, weight, bias);
  if (!fits_kernel(z, target, mask, count)) {
    return masked_mean_squared_error(activate(z, activation), target, mask, count);
  }
  Tape& tape = op::begin("linear_squared_error", {z});
  const std::int64_t rows = z.shape().rows(), dim = z.shape().back();
  const std::int64_t parts = cuda::activated_parts(rows, dim).count;
  const bool differentiates = op::differentiates(tape, {z});
  const Tensor loss = tape.output({1}, z.dtype());
  // Nothing else contributes to the gradient of z, so it is written now, as if the loss's were 1.
  const Tensor dz = differentiates ? tape.sink(z).tensor : Tensor();
  dispatch(z.dtype(), [&]<typename T>(T) {
    T* const sums = differentiates ? tape.scratch<T>(parts * dim) : nullptr;
    cuda::activated_squared_error<T>(
        rows, dim, activation, z.data<T>(), target.data<T>(), mask.data<T>(),
        1.0 / (count.number * static_cast<double>(dim)), op::data_or_null<T>(count.on_device),
        loss.data<T>(), tape.scratch<double>(parts), op::data_or_null<T>(dz), sums);
    if (!differentiates) return;
    tape.record([=, &tape] {
      if (tape.has_gradient_of_ones(loss)) return tape.keep_row_sums(z, {sums, parts});
      cuda::scale_gradient<T>(z.size(), tape.gradient(loss).data<T>(), dz.data<T>());
    });
  });
  return loss;
}

}  // namespace seqrl
