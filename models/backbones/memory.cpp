#include "models/backbones/memory.h"

#include "models/core/tape.h"
#include "models/nn/parameter_block.h"
#include "models/ops/loss.h"

namespace seqrl {
namespace {

constexpr std::int64_t kTokens = 64;

// The bytes of a pass over `batch` sequences by a backbone of `layers` layers.
double pass_bytes(BackboneSection section, std::int64_t layers, std::int64_t batch, bool training) {
  section.shared().layers = layers;
  const auto backbone = make_backbone(nullptr, section);
  const ParameterBlock block(*backbone, DType::f32, 1);
  const Storage gradients = block.make_buffer();
  Tape tape;
  tape.begin({.record = training, .training = training});
  tape.set_parameter_gradients(Tensor(gradients.data(), block.flat().shape(), DType::f32));
  const Tensor x = tape.zeros({batch, kTokens, backbone->dim()}, DType::f32);
  const Tensor y = backbone->forward(x);
  if (training) {
    const Tensor mask = tape.zeros({batch, kTokens}, DType::f32);
    tape.backward(masked_mean_squared_error(y, x, mask, static_cast<double>(batch * kTokens)));
  }
  return static_cast<double>(tape.bytes());
}

// The bytes of one more sequence. This excludes fixed costs of a pass, such as copies of weights.
double sequence_bytes(const BackboneSection& section, std::int64_t layers, bool training) {
  return pass_bytes(section, layers, 2, training) - pass_bytes(section, layers, 1, training);
}

}  // namespace

double bytes_per_token(const BackboneSection& section, bool training) {
  const double one = sequence_bytes(section, 1, training);
  const double two = sequence_bytes(section, 2, training);
  const auto more = static_cast<double>(section.shared().layers - 1);
  return (one + more * (two - one)) / static_cast<double>(kTokens);
}

std::int64_t sequences_at_once(BackboneSection section) {
  section.shared().layers = 1;
  return make_backbone(nullptr, section)->sequences_at_once();
}

}  // namespace seqrl
