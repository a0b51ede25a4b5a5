#include "agents/runs/same_on_ranks.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "agents/config/run_config.h"
#include "agents/learning/env_of_run.h"
#include "agents/learning/learner_kind.h"
#include "agents/runs/run_settings.h"
#include "configs/schema/config.h"

namespace seqrl {

std::unique_ptr<RunStart> join_start(RunConfig& config) {
  std::vector<std::string> notes;  // rank 0 reports them
  choose_env(config, notes);
  config.resolve();
  return nullptr;
}

void require_same_config(const RunConfig& config) {
  Communicator& ranks = *config.ranks;
  if (ranks.is_alone()) return;
  const Device device = learning_device(config);
  ranks.require_same("device", name_of(device), "name one, device=cpu or device=cuda");
  if (device == Device::cuda) require_same_gpu(ranks);
  const std::optional<std::string> alone = learner_kind(config).needs_one_rank();
  if (alone) reject("agent: {}", *alone);
  const std::string mine = print_config(config), first = ranks.text_of_first(mine);
  const Settings here = settings_of(mine, "config"), there = settings_of(first, "config");
  for (const std::string& key : differing_keys(here, there)) {
    reject("the config differs from rank 0's: {} is {}, not {}; give all ranks the same config",
           key, here.at(key), there.at(key));
  }
  ranks.wait_for_all();
}

void require_same_data(const Learner& learner, Communicator& ranks) {
  if (ranks.is_alone()) return;
  ranks.require_same(
      "copy of the data",
      fmt::format("{} (fingerprint {:016x})", learner.source(), learner.data_fingerprint()),
      "give all ranks the same files");
}

}  // namespace seqrl
