// The options that all tasks share.
#pragma once

#include <cstdint>
#include <string>

#include "configs/schema/fields.h"
#include "models/tasks/task.h"

namespace seqrl {

struct TaskConfig {
  void fields(Fields&) {}
};

// Options of tasks with one answer for a whole sequence, from published files.
struct ClassificationConfig : TaskConfig {
  std::string pooling = "mean";
  std::string evaluate_on = "test";

  void fields(Fields& field) {
    TaskConfig::fields(field);
    field("pooling", pooling, "read the answer from the last token, or from the mean of all tokens",
          one_of({"last", "mean"}));
    field("evaluate_on", evaluate_on, "published split to evaluate on",
          one_of({"test", "validation"}));
  }

  Answers answers() const { return pooling == "last" ? Answers::last_token : Answers::mean_token; }
};

}  // namespace seqrl
