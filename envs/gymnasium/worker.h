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

// What an environment says of itself.
struct GymnasiumFacts {
  Space observation_space, action_space;
  std::string layout;    // "achieved_goal[2], desired_goal[2], observation[27]"
  std::string versions;  // "gymnasium 1.4.0, mujoco 3.4.0, numpy 2.3.0, Python 3.11.2"
  int max_episode_steps = 0;
  double frames_per_second = 0;  // of its pictures, one a step; 0: it does not say
};

// A picture, (height, width, 3).
struct GymnasiumFrame {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
};

class Worker {
 public:
  // Starts Python and makes the first environment, one that draws where `frames` says so. An Error
  // of kind user, in Python's words, where it cannot be made.
  Worker(const GymnasiumOptions& options, bool frames);

  const GymnasiumFacts& facts() const { return facts_; }
  bool is_lost() const { return process_.is_lost(); }

  // Makes room for environments in slots 0 … slots − 1.
  void reserve(std::size_t slots);

  // One call. Where the process is lost, an Error of kind failure, and the worker is of no more
  // use. What an environment raises in `reset` is an Error of kind failure, too.
  void reset(std::span<const ResetRow> rows);

  // One call. Rows whose environment raised an exception, or gave a number that is not finite, are
  // invalid, and so are all where the process is lost; notes say why.
  void step(std::span<StepRow> rows);

  // What the environment in slot 0 draws.
  GymnasiumFrame frame();

  // The seconds that so many steps take in a loop of Python's alone, over `envs` in turn.
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
  std::span<std::uint64_t> words_;  // the shared memory: README.md has its layout
};

}  // namespace seqrl
