// Run folders created by a test: files, nothing trained.
#pragma once

#include <filesystem>
#include <string>

#include "configs/base/files.h"
#include "tests/temporary_folder.h"

namespace seqrl {

// A run of a decision transformer on hopper-medium with one evaluation of two targets.
struct MadeRun {
  std::string backbone = "min_gru", dataset = "data/hopper-medium.hdf5", more = "";
  int seed = 1;
  double last = 60, best = 70;  // scores for the first target

  void write(const std::filesystem::path& folder) const {
    make_folder(folder);
    write_file_atomically(
        folder / "config.yaml",
        fmt::format("seed: {}\noutput: {}\ntask: {{kind: none}}\nenv: {{kind: hopper}}\ndataset: "
                    "{{path: {}}}\nagent: "
                    "{{kind: decision_transformer}}\nbackbone: {{kind: {}, dim: 128}}\ntraining: "
                    "{{steps: 200, lr: 0.001}}\n{}",
                    seed, folder.string(), dataset, backbone, more));
    const auto evaluation = [](int step, double score) {
      return fmt::format(
          R"({{"env": "hopper", "step": {}, "targets": [
             {{"mode": "window", "target": 3600.0, "episodes": 2, "return_mean": {}, "score_mean": {}}},
             {{"mode": "window", "target": 1800.0, "episodes": 2, "return_mean": 5, "score_mean": null}}]}})",
          step, 10 * score, score);
    };
    write_file_atomically(folder / "eval.json",
                          fmt::format("{{\"last\": {}, \"best\": {}}}", evaluation(200, last),
                                      evaluation(100, best)));
    write_file_atomically(
        folder / "metrics.jsonl",
        fmt::format(
            "{{\"step\": 100, \"loss\": {0}}}\n{{\"step\": 100, \"eval/window/3600/score\": "
            "{1}}}\n{{\"step\": 200, \"loss\": {0}}}\n{{\"step\": 200, "
            "\"eval/window/3600/score\": {2}}}\n",
            0.1 * seed, best, last));
  }
};

// A run of a supervised task, which has neither an environment nor a dataset.
inline void write_task_run(const std::filesystem::path& folder, double accuracy) {
  make_folder(folder);
  write_file_atomically(folder / "config.yaml",
                        "seed: 1\ntask: {kind: selective_copy, length: 256}\nenv: {kind: "
                        "none}\nagent: {kind: decision_transformer}\nbackbone: {kind: "
                        "min_lstm}\ntraining: {steps: 200}\n");
  write_file_atomically(
      folder / "eval.json",
      fmt::format("{{\"last\": {{\"accuracy\": {0}, \"loss\": 0.5, \"answers\": 64, \"buckets\": "
                  "{{\"40-63\": {{\"accuracy\": 0.25}}}}, \"task\": \"selective_copy\", \"step\": "
                  "200}}, \"best\": {{\"accuracy\": {0}, \"loss\": 0.25, \"step\": 100}}, "
                  "\"training_steps_per_second\": 12.5}}",
                  accuracy));
  write_file_atomically(folder / "metrics.jsonl",
                        "{\"step\": 100, \"loss\": 1.5, \"eval/accuracy\": 0.5}\n{\"step\": 200, "
                        "\"loss\": 0.5, \"eval/accuracy\": 0.75}\n");
}

}  // namespace seqrl
