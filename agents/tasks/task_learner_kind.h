// How supervised sequence tasks are trained.
#pragma once

namespace seqrl {

// Adds tasks to the table of learners.
void register_task_learner();

}  // namespace seqrl
