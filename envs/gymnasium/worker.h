// A worker holds environments in a process of the user's Python, and steps them in one call.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "envs/env_batch.h"
#include "envs/gymnasium/gymnasium_options.h"
#include "envs/gymnasium/worker_process.h"

namespace seqrl {

// An environment's description of itself.
struct GymnasiumFacts {
  Space observation_space, action_space;
  std::string layout;    // "achieved_goal[2], desired_goal[2], observation[27]"
  std::string versions;  // "gymnasium 1.4.0, mujoco 3.4.0, numpy 2.3.0, Python 3.11.2"
  int max_episode_steps = 0;
  double frames_per_second = 0;  // of its pictures, one per step; 0: unknown
};

// A picture, (height, width, 3).
struct GymnasiumFrame {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
};

class Worker {
 public:
  // Starts Python and makes the first environment; with `frames`, one that can draw. An Error of
  // kind user with Python's message if it cannot be made.
  Worker(const GymnasiumOptions& options, bool frames);

  const GymnasiumFacts& facts() const { return facts_; }
  bool is_lost() const { return process_.is_lost(); }

  // Allocates slots 0 … slots − 1.
  void reserve(std::size_t slots);

  // One call. If the process is lost, an Error of kind failure, and the worker is no longer usable.
  // An exception of an environment in `reset` is also an Error of kind failure.
  void reset(std::span<const ResetRow> rows);

  // One call. Rows with an exception or a number that is not finite are invalid. If the process is
  // lost, all rows are. Notes give the reason.
  void step(std::span<StepRow> rows);

  // The rendered image of the environment in slot 0.
  GymnasiumFrame frame();

  // The seconds that `steps` steps take in a bare Python loop over `envs` environments in turn.
  double loop_seconds(std::int64_t steps, int envs);

 private:
  std::string call(WorkerRequest request, const std::string& payload, double seconds,
                   const char* key, ErrorKind kind);
  std::span<double> numbers(std::size_t begin, std::size_t size);
  void finish(StepRow& row, std::uint64_t flags, double reward,
              std::span<const double> observation);

  std::string title_;
  double timeout_, start_timeout_;
  WorkerProcess process_;
  GymnasiumFacts facts_;
  std::size_t slots_ = 0;
  std::span<std::uint64_t> words_;  // the shared memory; for its layout see README.md
};

}  // namespace seqrl
