#include "tools/bench/gpu/decision_transformer_step.h"

#include "configs/base/random.h"
#include "models/ops/dropped_norm.h"
#include "models/ops/layer_loss.h"
#include "models/ops/token_embedding.h"

namespace seqrl::tools::bench {
namespace {

BackboneSection section_of(const std::string& kind, const StepSizes& sizes) {
  register_builtin_backbones();
  BackboneSection section;
  section.choose(kind);
  section.shared().dim = sizes.dim;
  section.shared().layers = sizes.layers;
  return section;
}

}  // namespace

DecisionTransformerStep::Model::Model(const std::string& kind, const StepSizes& sizes)
    : Module(nullptr, ""),
      backbone(make_backbone(this, section_of(kind, sizes))),
      embed_return(this, "embed_return", 1, sizes.dim),
      embed_observation(this, "embed_observation", sizes.observation, sizes.dim),
      embed_action(this, "embed_action", sizes.action, sizes.dim),
      embed_time(this, "embed_time", {sizes.longest, sizes.dim}, init::normal(0.02), Decay::no),
      norm(this, "norm", sizes.dim),
      head(this, "head", sizes.dim, sizes.action, Activation::tanh) {}

DecisionTransformerStep::DecisionTransformerStep(const std::string& backbone,
                                                 const StepSizes& sizes, Device device)
    : sizes_(sizes),
      device_(device),
      model_(backbone, sizes),
      block_(std::make_unique<ParameterBlock>(model_, DType::f32, 1, device)) {
  const std::int64_t batch = sizes.batch, time = sizes.context;
  returns_ = resident({batch, time, 1});
  observations_ = resident({batch, time, sizes.observation});
  actions_ = resident({batch, time, sizes.action});
  times_ = resident({batch, time}, static_cast<std::int32_t>(sizes.longest));
  mask_ = resident({batch, time});
  const std::vector<float> ones(static_cast<std::size_t>(mask_.size()), 1.0f);
  write<float>(ones, mask_);
}

Tensor DecisionTransformerStep::resident(Shape shape, std::int32_t bound) {
  Random random(1, Purpose::test, 0, static_cast<std::uint32_t>(storage_.size()));
  const auto count = static_cast<std::size_t>(shape.size());
  std::byte* data = storage_.emplace_back(count * 4, device_).data();
  if (bound > 0) {
    std::vector<std::int32_t> values(count);
    for (std::int32_t& value : values) {
      value = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(bound)));
    }
    const Tensor tensor(data, shape, DType::i32, device_);
    write<std::int32_t>(values, tensor);
    return tensor;
  }
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.uniform(-1, 1));
  const Tensor tensor(data, shape, DType::f32, device_);
  write<float>(values, tensor);
  return tensor;
}

Tensor DecisionTransformerStep::loss(Tape& tape, const Shard& shard) {
  SEQRL_CHECK(shard.size() == sizes_.batch);  // one pass over the whole batch
  const Tensor action = tape.constant_at(actions_);
  const auto part = [](const Tensor& x, const Linear& layer) {
    return TokenPart{x, layer.weight, layer.bias};
  };
  const Tensor tokens =
      embed_tokens({part(tape.constant_at(returns_), model_.embed_return),
                    part(tape.constant_at(observations_), model_.embed_observation),
                    part(action, model_.embed_action)},
                   model_.embed_time, tape.constant_at(times_));
  const Tensor read = model_.backbone->forward_strided(
      3, 1, dropped_norm(tokens, model_.norm.weight, model_.norm.bias, 0.1));
  const Linear& head = model_.head;
  return linear_squared_error(read, head.weight, head.bias, head.activation(), action,
                              tape.constant_at(mask_),
                              static_cast<double>(sizes_.batch * sizes_.context));
}

}  // namespace seqrl::tools::bench
