#include "agents/offline/toy_clone.h"

#include "models/core/to_tensor.h"
#include "models/nn/parameter_block.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("toy_clone predicts actions within the box") {
  ToyClone agent(AgentSpec{.observation_dim = 3,
                           .action_dim = 2,
                           .observation_mean = {0, 0, 0},
                           .observation_std = {1, 1, 1}});
  const ParameterBlock block(agent, DType::f32, 1);
  Tape tape;
  tape.begin({});
  const Tensor input = tape.constant({1, 3}, DType::f32);
  std::ranges::fill(input.span<float>(), 100.0f);
  for (const float action : agent.predict(input).span<float>()) CHECK(std::abs(action) <= 1);
}
