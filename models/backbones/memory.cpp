#include "models/backbones/memory.h"

#include "models/core/tape.h"
#include "models/nn/parameter_block.h"
#include "models/ops/loss.h"

namespace seqrl {
namespace {

constexpr std::int64_t kTokens = 32;

double pass_bytes(BackboneSection section, std::int64_t layers, bool training) {
  section.shared().layers = layers;
  const auto backbone = make_backbone(nullptr, section);
  const ParameterBlock block(*backbone, DType::f32, 1);
  const Storage gradients = block.make_buffer();
  Tape tape;
  tape.begin({.record = training, .training = training});
  tape.set_parameter_gradients(Tensor(gradients.data(), block.flat().shape(), DType::f32));
  const Tensor x = tape.zeros({1, kTokens, backbone->dim()}, DType::f32);
  const Tensor y = backbone->forward(x);
  if (training) {
    const Tensor mask = tape.zeros({1, kTokens}, DType::f32);
    tape.backward(masked_mean_squared_error(y, x, mask, static_cast<double>(kTokens)));
  }
  return static_cast<double>(tape.bytes());
}

}  // namespace

double bytes_per_token(const BackboneSection& section, bool training) {
  const double one = pass_bytes(section, 1, training), two = pass_bytes(section, 2, training);
  const auto more = static_cast<double>(section.shared().layers - 1);
  return (one + more * (two - one)) / static_cast<double>(kTokens);
}

}  // namespace seqrl
