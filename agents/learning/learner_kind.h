// The table of learners: how each kind of agent, and a task, is trained.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "agents/config/run_config.h"
#include "agents/datasets/trajectories.h"
#include "agents/learning/learner.h"
#include "agents/learning/run_memory.h"
#include "configs/base/thread_pool.h"

namespace seqrl {

// A learner kind makes learners and knows what is particular to them. All configs that it is given
// are of its kind, and resolved.
class LearnerKind {
 public:
  virtual ~LearnerKind() = default;

  // The learner that a config describes, with its data loaded. `pool` must outlive it.
  virtual std::unique_ptr<Learner> make(const RunConfig& config, ThreadPool& pool) const = 0;
  // The same from data that a program brings; an Error of kind user where it learns from none.
  virtual std::unique_ptr<Learner> make(const RunConfig& config, Trajectories data,
                                        ThreadPool& pool) const;

  // The memory that a run takes, as far as the config tells, and the keys that make it smaller.
  virtual RunMemory memory(const RunConfig& config) const = 0;
  virtual MemoryKeys memory_keys() const = 0;

  // The learning rate, and the rows of a step's batch.
  virtual double lr(const RunConfig& config) const { return config.training.lr; }
  virtual std::int64_t batch(const RunConfig& config) const { return config.training.batch; }

  // Steps before the first that learns; limit_idle_steps() makes them at most so many.
  virtual std::int64_t idle_steps(const RunConfig&) const { return 0; }
  virtual void limit_idle_steps(RunConfig&, std::int64_t) const {}

  // Whether ranks can share the work of a run (Communicator); if not, why, and what to do instead.
  virtual std::optional<std::string> needs_one_rank() const { return std::nullopt; }

  // A warning where a run is too short for its settings.
  virtual std::optional<std::string> caution(const RunConfig& config) const;
  // Advice where training came to numbers that are not finite, which resuming would come to again.
  virtual std::string remedy(const RunConfig& config) const;

  // The settings on which a ranking depends, a JSON object. Checkpoints are ranked together only
  // where it is the same.
  virtual nlohmann::ordered_json ranking_protocol(const RunConfig& config) const;
};

// Adds the learner kind of the agents of this name; one that is there already stays.
void add_learner_kind(const std::string& agent, std::unique_ptr<const LearnerKind> kind);
// The same for all tasks.
void add_task_learner_kind(std::unique_ptr<const LearnerKind> kind);

// The learner kind of a config's agent, or of its task. An Error of kind user where there is none.
const LearnerKind& learner_kind(const RunConfig& config);

// Rejects a run that this machine has no memory or disk for (require_memory of run_memory.h).
void require_memory(const RunConfig& config);

}  // namespace seqrl
