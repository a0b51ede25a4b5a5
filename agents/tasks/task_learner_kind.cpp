#include "agents/tasks/task_learner_kind.h"

#include <memory>

#include "agents/learning/learner_kind.h"
#include "agents/tasks/task_learner.h"

namespace seqrl {
namespace {

class TaskLearning : public LearnerKind {
 public:
  using LearnerKind::make;
  std::unique_ptr<Learner> make(const RunConfig& config, ThreadPool& pool) const override {
    return std::make_unique<TaskLearner>(config, pool);
  }
  RunMemory memory(const RunConfig& config) const override { return task_memory(config); }
  MemoryKeys memory_keys() const override { return task_memory_keys(); }
};

}  // namespace

void register_task_learner() {
  add_task_learner_kind(std::make_unique<TaskLearning>());
}

}  // namespace seqrl
