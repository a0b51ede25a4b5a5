#include "agents/runs/run_machine.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "configs/base/machine.h"
#include "models/core/device.h"
#include "models/ops/instruction_set.h"

namespace seqrl {

nlohmann::ordered_json machine_of(const RunConfig& config, const ThreadPool& pool) {
  const Device device = learning_device(config);
  nlohmann::ordered_json machine = {{"device", name_of(device)},
                                    {"processor", processor_name()},
                                    {"processors", available_processors()},
                                    {"threads", pool.threads()},
                                    {"instructions", instruction_set()}};
  if (device == Device::cuda) machine["gpu"] = runtime_of(device).description();
  return machine;
}

std::optional<std::string> other_gpu_note(const RunConfig& config,
                                          const CheckpointReader& checkpoint) {
  if (learning_device(config) == Device::cpu || !checkpoint.has_text("gpu")) return std::nullopt;
  const std::string now = runtime_of(Device::cuda).description(), before = checkpoint.text("gpu");
  if (now == before) return std::nullopt;
  return fmt::format(
      "it was trained on {} and continues on {}: results are byte-identical only with the same GPU "
      "model and library versions",
      before, now);
}

std::vector<std::string> gpu_notes(const RunConfig& config) {
  Communicator& ranks = *config.ranks;
  std::vector<std::string> notes;
  if (ranks.is_alone() || learning_device(config) == Device::cpu) return notes;
  std::map<std::string, std::vector<int>> ranks_of_gpus;
  const std::vector<std::string> gpus = ranks.all_texts(ProcessAddress::of_this_process().machine +
                                                        " " + runtime_of(Device::cuda).identity());
  for (int rank = 0; rank < ranks.ranks(); ++rank) {
    ranks_of_gpus[gpus[static_cast<std::size_t>(rank)]].push_back(rank);
  }
  for (const auto& [gpu, sharing] : ranks_of_gpus) {
    if (sharing.size() < 2) continue;
    notes.push_back(
        fmt::format("ranks {} share a GPU, which is slower than one rank alone: start as many "
                    "ranks on a machine as it has GPUs, with device=cuda",
                    fmt::join(sharing, ", ")));
  }
  const TrainingConfig& training = config.training;
  const std::int64_t parts =
      std::min({std::max<std::int64_t>(1, training.gpu_shards), training.shards, training.batch});
  if (parts < ranks.ranks()) {
    notes.push_back(fmt::format(
        "a batch has {} part{} on GPUs, so {} of {} ranks train nothing: set "
        "training.gpu_shards={}, and as many training.shards; this changes the last bits of "
        "results",
        parts, parts == 1 ? "" : "s", ranks.ranks() - parts, ranks.ranks(), ranks.ranks()));
  }
  return notes;
}

}  // namespace seqrl
