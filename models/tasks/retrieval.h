// Retrieval, a task of Long Range Arena: does one document cite the other?
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/tasks/config.h"
#include "models/tasks/task.h"

namespace seqrl {

struct RetrievalConfig : ClassificationConfig {
  std::string data;  // a folder with its files
  std::int64_t length = 4000;

  void fields(Fields& field);
};

// Whether one of two papers cites the other, from their first `length` bytes. Source: Tay et al.,
// arXiv 2011.04006, on the ACL Anthology Network. Reads the published files,
// new_aan_pairs.{train,eval,test}.tsv: label, two names, two texts. An empty text reads as a space.
class Retrieval : public FiniteTask {
 public:
  Retrieval(const RetrievalConfig& config, std::uint64_t seed);

  std::int64_t training_length() const override { return training_.longest; }
  std::int64_t evaluation_length() const override { return evaluation_.longest; }
  std::int64_t size(Split split) const override {
    return static_cast<std::int64_t>(of(split).pairs.size());
  }

 protected:
  void write(Split split, std::int64_t index, Example& example) const override;

 private:
  struct Pair {
    std::array<std::string, 2> texts;
    std::int32_t cites;
  };
  struct Part {
    std::vector<Pair> pairs;
    std::int64_t longest = 0;

    void read(const std::string& path, std::int64_t length);
  };
  const Part& of(Split split) const { return split == Split::training ? training_ : evaluation_; }

  Part training_, evaluation_;
};

}  // namespace seqrl
