#include "agents/datasets/shared_arrays.h"

#include <nlohmann/json.hpp>

namespace seqrl {

TransitionArrays take_arrays(SharedMemory& memory, const nlohmann::json& result, std::size_t rows) {
  const auto take = [&](const char* name) {
    return memory.take<float>(result.value(name, nlohmann::json()));
  };
  return {.observation_dim = result.at("observation_dim").get<std::int64_t>(),
          .action_dim = result.at("action_dim").get<std::int64_t>(),
          .observations = take("observations"),
          .actions = take("actions"),
          .rewards = take("rewards"),
          .next_observations = take("next_observations"),
          .returns_to_go = memory.make<float>(rows)};
}

}  // namespace seqrl
