#include "models/training/graph_step.h"

namespace seqrl {

GraphStep::GraphStep(const ParameterBlock& block, Objective& objective, AdamW& optimizer,
                     std::uint64_t seed, std::int64_t batch, std::int64_t shards)
    : objective_(objective),
      optimizer_(optimizer),
      pass_{.record = true,
            .training = true,
            .seed = seed,
            .shards = shards,
            .batch = batch,
            .step_on_device = optimizer.step_on_device()},
      gradient_buffer_(block.make_buffer()),
      gradient_(gradient_buffer_.data(), block.flat().shape(), block.dtype(), block.device()),
      tape_(block.device()) {}

void GraphStep::queue(std::int64_t step, double lr) {
  constexpr int kPassesBefore = 2;  // an arena's addresses stay from its second pass on
  objective_.begin_step(step);
  optimizer_.announce(step, lr);
  if (!graph_ && (passes_ < kPassesBefore || !objective_.repeats_itself())) {
    ++passes_;
    return pass(step);
  }
  if (!graph_) graph_ = runtime_of(tape_.device()).capture([&] { pass(step); });
  graph_->replay();
}

void GraphStep::pass(std::int64_t step) {
  pass_.step = static_cast<std::uint64_t>(step);
  tape_.begin(pass_);
  tape_.set_parameter_gradients(gradient_);
  const Tensor loss = objective_.loss(tape_, {0, 0, pass_.batch});
  tape_.backward(loss);
  optimizer_.update(gradient_, loss);
}

}  // namespace seqrl
