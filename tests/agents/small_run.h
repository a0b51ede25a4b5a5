// A run small enough for a test: a tiny agent on a tiny dataset of random hopper episodes.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "agents/collector.h"
#include "agents/training_run.h"
#include "configs/config.h"

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

// A config for it; `overrides` win.
inline RunConfig small_config(const std::filesystem::path& dataset,
                              const std::filesystem::path& output,
                              std::vector<std::string> overrides = {}) {
  std::vector<std::string> settings = {"env=hopper",
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
  const auto key = [](const std::string& text) { return text.substr(0, text.find('=')); };
  std::erase_if(settings, [&](const std::string& text) {
    return std::ranges::any_of(overrides, [&](const auto& o) { return key(o) == key(text); });
  });
  settings.insert(settings.end(), overrides.begin(), overrides.end());
  return read_config_text<RunConfig>("{}", "test", settings);
}

}  // namespace seqrl
