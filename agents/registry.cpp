// The agents of this library, one per line.
#include "agents/config/agent_kind.h"
#include "agents/offline/behavior_cloning.h"
#include "agents/offline/decision_transformer.h"
#include "agents/offline/offline_learner_kind.h"
#include "agents/sac/gaussian_actor.h"
#include "agents/sac/sac_learner_kind.h"
#include "agents/tasks/task_learner_kind.h"

namespace seqrl {

void register_builtin_agents() {
  static const bool once = [] {
    register_decision_transformer();
    register_behavior_cloning();
    register_sac();
    register_offline_learners();
    register_sac_learner();
    register_task_learner();
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace seqrl
