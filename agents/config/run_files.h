// The files of a run's folder, by path. Their names occur in no other source.
#pragma once

#include <filesystem>
#include <utility>

namespace seqrl {

class RunFiles {
 public:
  using Path = std::filesystem::path;

  explicit RunFiles(Path folder) : folder_(std::move(folder)) {}

  const Path& folder() const { return folder_; }

  Path config() const { return folder_ / "config.yaml"; }     // resolved; can be rerun as it is
  Path metrics() const { return folder_ / "metrics.jsonl"; }  // for training, one object per line
  Path timing() const { return folder_ / "timing.jsonl"; }    // differs between machines
  Path evaluation() const { return folder_ / "eval.json"; }   // the last and the best
  Path log() const { return folder_ / "log.txt"; }
  // Held during training; lock.1, lock.2, … are its owner's (agents/runs/run_owner.h).
  Path lock() const { return folder_ / "lock"; }
  Path replay() const { return folder_ / "replay.bin"; }  // SAC's buffer
  Path policies() const { return folder_ / "policies"; }  // with evaluation.keep, STEP.safetensors
  Path checkpoints() const { return folder_ / "checkpoints"; }
  Path last() const { return checkpoints() / "last.safetensors"; }
  Path previous() const {
    return checkpoints() / "previous.safetensors";
  }  // the one before the last
  Path best() const { return checkpoints() / "best.safetensors"; }

  // Where `seqrl plot`, `render` and `report` write.
  Path plots() const { return folder_ / "plots"; }
  Path video() const { return folder_ / "video.mp4"; }
  Path report() const { return folder_ / "report.html"; }

  // The weights in a folder written by `seqrl export`, which has no checkpoints folder.
  Path exported_model() const { return folder_ / "model.safetensors"; }
  Path exported_last() const { return folder_ / "last.safetensors"; }

 private:
  Path folder_;
};

}  // namespace seqrl
