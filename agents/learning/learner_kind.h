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

// A learner kind creates learners and holds the properties specific to them. All configs passed to
// it are of its kind, and resolved.
class LearnerKind {
 public:
  virtual ~LearnerKind() = default;

  // The learner that a config describes, with its data loaded. `pool` must outlive it.
  virtual std::unique_ptr<Learner> make(const RunConfig& config, ThreadPool& pool) const = 0;
  // The same from data that a program provides; an Error of kind user if it learns from none.
  virtual std::unique_ptr<Learner> make(const RunConfig& config, Trajectories data,
                                        ThreadPool& pool) const;

  // The memory that a run takes, as far as the config determines it, and the keys that reduce it.
  virtual RunMemory memory(const RunConfig& config) const = 0;
  virtual MemoryKeys memory_keys() const = 0;

  // The learning rate, and the rows of a step's batch.
  virtual double lr(const RunConfig& config) const { return config.training.lr; }
  virtual std::int64_t batch(const RunConfig& config) const { return config.training.batch; }

  // Steps before the first that learns; limit_idle_steps() limits them to a maximum.
  virtual std::int64_t idle_steps(const RunConfig&) const { return 0; }
  virtual void limit_idle_steps(RunConfig&, std::int64_t) const {}

  // Nothing if ranks can share the work of a run (Communicator); otherwise the reason, and what to
  // do instead.
  virtual std::optional<std::string> needs_one_rank() const { return std::nullopt; }

  // A warning if a run is too short for its settings.
  virtual std::optional<std::string> caution(const RunConfig& config) const;
  // Advice when training produced numbers that are not finite, and resuming would do so again.
  virtual std::string remedy(const RunConfig& config) const;

  // The settings on which a ranking depends, a JSON object. Checkpoints are ranked together only if
  // it is the same.
  virtual nlohmann::ordered_json ranking_protocol(const RunConfig& config) const;
};

// Adds the learner kind of the agents of this name; an existing one stays.
void add_learner_kind(const std::string& agent, std::unique_ptr<const LearnerKind> kind);
// The same for all tasks.
void add_task_learner_kind(std::unique_ptr<const LearnerKind> kind);

// The learner kind of a config's agent, or of its task. An Error of kind user if there is none.
const LearnerKind& learner_kind(const RunConfig& config);

// Rejects a run that needs more memory or disk than this machine has (require_memory of
// run_memory.h).
void require_memory(const RunConfig& config);

}  // namespace seqrl
