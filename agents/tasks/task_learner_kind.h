// The learner kind of supervised sequence tasks.
#pragma once

namespace seqrl {

// Adds tasks to the table of learners.
void register_task_learner();

}  // namespace seqrl
