// Recall of the first token.
#pragma once

#include "models/tasks/config.h"
#include "models/tasks/task.h"

namespace seqrl {

struct ToyRecallConfig : TaskConfig {
  std::int64_t length = 8;
  void fields(Fields& field);
};

// Each token is one of four; at the last one the target is the first.
class ToyRecall : public GeneratedTask {
 public:
  ToyRecall(const ToyRecallConfig& config, std::uint64_t seed);

  std::int64_t training_length() const override { return config_.length; }
  std::int64_t evaluation_length() const override { return config_.length; }

 protected:
  void generate(Random& random, Split split, Example& example) const override;

 private:
  ToyRecallConfig config_;
};

}  // namespace seqrl
