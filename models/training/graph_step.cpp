#include "models/training/graph_step.h"

#include "models/ops/matrix_product.h"

namespace seqrl {

GraphStep::GraphStep(const ParameterBlock& block, Objective& objective, AdamW& optimizer,
                     const GraphStepOptions& options)
    : objective_(objective),
      optimizer_(optimizer),
      precision_(options.precision),
      pass_{.record = true,
            .training = true,
            .seed = options.seed,
            .shards = options.shards,
            .batch = options.batch,
            .step_on_device = optimizer.step_on_device()},
      gradient_buffer_(block.make_buffer()),
      gradient_(gradient_buffer_.data(), block.flat().shape(), block.dtype(), block.device()),
      tape_(block.device()) {}

void GraphStep::queue(std::int64_t step, double lr) {
  objective_.begin_step(step);
  optimizer_.set_next_step(step, lr);
  graph_.run(runtime_of(tape_.device()), objective_.same_work_each_step(), [&] { pass(step); });
}

void GraphStep::pass(std::int64_t step) {
  pass_.step = static_cast<std::uint64_t>(step);
  const ProductPrecision precision(precision_);
  tape_.begin(pass_);
  tape_.set_parameter_gradients(gradient_);
  const Tensor loss = objective_.loss(tape_, {0, 0, pass_.batch});
  tape_.backward(loss);
  optimizer_.update(gradient_, loss);
}

}  // namespace seqrl
