// A run that is small enough for tests: a tiny agent on a tiny dataset of random hopper episodes.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "agents/collection/collector.h"
#include "agents/runs/training_run.h"
#include "configs/base/files.h"
#include "configs/schema/config.h"
#include "models/core/safetensors.h"

namespace seqrl {

// Writes a dataset of random hopper episodes.
inline void make_small_dataset(const std::filesystem::path& path) {
  CollectConfig config;
  config.env.choose("hopper");
  config.transitions = 600;
  config.output = path.string();
  config.threads = 2;
  collect(config);
}

// `settings` without those that `overrides` sets, followed by `overrides`.
inline std::vector<std::string> overridden(std::vector<std::string> settings,
                                           const std::vector<std::string>& overrides) {
  const auto key = [](const std::string& text) { return text.substr(0, text.find('=')); };
  std::erase_if(settings, [&](const std::string& text) {
    return std::ranges::any_of(overrides, [&](const auto& o) { return key(o) == key(text); });
  });
  settings.insert(settings.end(), overrides.begin(), overrides.end());
  return settings;
}

// A config for the dataset; `overrides` take precedence.
inline RunConfig small_config(const std::filesystem::path& dataset,
                              const std::filesystem::path& output,
                              const std::vector<std::string>& overrides = {}) {
  const std::vector<std::string> settings = {"env=hopper",
                                             "device=cpu",
                                             "dataset.path=" + dataset.string(),
                                             "output=" + output.string(),
                                             "backbone.dim=16",
                                             "backbone.layers=1",
                                             "training.steps=12",
                                             "training.batch=6",
                                             "training.shards=3",
                                             "training.context=5",
                                             "training.warmup=4",
                                             "training.log_every=4",
                                             "training.checkpoint_every=100",
                                             "training.threads=2",
                                             "evaluation.every=6",
                                             "evaluation.episodes=2"};
  return read_config_text<RunConfig>("{}", "test", overridden(settings, overrides));
}

// A small SAC run in hopper.
inline RunConfig small_sac_config(const std::filesystem::path& output,
                                  const std::vector<std::string>& overrides = {}) {
  const std::vector<std::string> settings = {"output=" + output.string(),
                                             "device=cpu",
                                             "training.steps=20",
                                             "training.shards=3",
                                             "training.log_every=4",
                                             "training.threads=2",
                                             "training.checkpoint_every=100",
                                             "evaluation.every=10",
                                             "evaluation.episodes=2"};
  return read_config_text<RunConfig>(
      "{env: hopper, agent: {kind: sac, dim: 16, batch: 8, random_steps: 6}}", "test",
      overridden(settings, overrides));
}

// A small run of a supervised task; `task` uses the config's syntax.
inline RunConfig small_task_config(const std::string& task, const std::filesystem::path& output,
                                   const std::vector<std::string>& overrides = {}) {
  const std::vector<std::string> settings = {
      "output=" + output.string(), "device=cpu",
      "backbone.dim=16",           "backbone.layers=1",
      "training.steps=12",         "training.batch=6",
      "training.shards=3",         "training.warmup=4",
      "training.log_every=4",      "training.checkpoint_every=100",
      "training.threads=2",        "evaluation.every=6"};
  return read_config_text<RunConfig>("{task: " + task + "}", "test",
                                     overridden(settings, overrides));
}

// The tensors and texts of a checkpoint, except its config, which names the folder, and the
// checksum, which covers the config.
inline std::string contents(const std::filesystem::path& path) {
  const SafetensorsReader file(path);
  std::string all;
  for (const StoredTensor& tensor : file.tensors()) all += tensor.name + " ";
  for (const auto& [name, text] : file.metadata()) {
    if (name != "config" && name != "checksum") all += name + "=" + text + "\n";
  }
  // The data follows the header; its length depends on the config.
  const std::string bytes = read_file(path);
  std::uint64_t size = 0;
  for (const StoredTensor& tensor : file.tensors()) size += tensor.bytes;
  return all + bytes.substr(bytes.size() - size);
}

// Stops a run once it has done `steps` steps.
inline RunEvents stop_after(std::int64_t steps, std::int64_t& now) {
  return {.stop = [steps, &now] { return now >= steps; },
          .on_step = [&now](std::int64_t step, double) { now = step; }};
}

}  // namespace seqrl
