// The selective copying task: repeat the data found among noise.
#pragma once

#include "models/tasks/config.h"
#include "models/tasks/task.h"

namespace seqrl {

struct SelectiveCopyConfig : TaskConfig {
  std::int64_t length = 4096;  // data and noise
  std::int64_t data = 16;
  std::int64_t symbols = 16;
  std::int64_t evaluation_examples = 1024;

  void fields(Fields& field);
};

// Data tokens are at random positions among noise. After them, the same number of markers asks for
// the data in order. Source: Gu & Dao, arXiv 2312.00752, section 4.1.1, with the alphabet of S4's
// code: of `symbols` tokens, 0 is noise and the last one the marker, so that 16 leave 14 for data.
class SelectiveCopy : public GeneratedTask {
 public:
  SelectiveCopy(const SelectiveCopyConfig& config, std::uint64_t seed);

  std::int64_t training_length() const override { return config_.length + config_.data; }
  std::int64_t evaluation_length() const override { return training_length(); }

 protected:
  void generate(Random& random, Split split, Example& example) const override;

 private:
  SelectiveCopyConfig config_;
};

}  // namespace seqrl
