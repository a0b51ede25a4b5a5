#include "models/tasks/retrieval.h"

#include <algorithm>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "models/tasks/tsv.h"

namespace seqrl {

void RetrievalConfig::fields(Fields& field) {
  field("data", data,
        "a folder with Long Range Arena's new_aan_pairs.train.tsv, .eval.tsv and .test.tsv",
        not_empty(), required(), file_path());
  ClassificationConfig::fields(field);
  field("length", length, "number of bytes read of each document", in_range(1, 1 << 20));
}

Retrieval::Retrieval(const RetrievalConfig& config, std::uint64_t seed)
    : FiniteTask({.symbols = 256, .classes = 2, .documents = 2, .answers = config.answers()},
                 seed) {
  const std::string prefix = config.data + "/new_aan_pairs.";
  training_.read(prefix + "train.tsv", config.length);
  evaluation_.read(prefix + (config.evaluate_on == "test" ? "test.tsv" : "eval.tsv"),
                   config.length);
}

void Retrieval::Part::read(const std::string& path, std::int64_t length) {
  for_each_tsv_line(path, 5, [&](const std::string& where, auto fields) {
    const std::string_view label = fields[0];
    const bool cites = label == "1" || label == "1.0";
    SEQRL_REQUIRE(cites || label == "0" || label == "0.0", "{}: the label is {}, expected 0 or 1",
                  where, shown(label));
    Pair& pair = pairs.emplace_back();
    pair.cites = cites ? 1 : 0;
    for (std::size_t i = 0; i < 2; ++i) {
      pair.texts[i] = fields[3 + i].substr(0, static_cast<std::size_t>(length));
      if (pair.texts[i].empty()) pair.texts[i].push_back(' ');
      longest = std::max(longest, static_cast<std::int64_t>(pair.texts[i].size()));
    }
  });
  SEQRL_REQUIRE(!pairs.empty(), "{}: contains no pair of documents", path);
}

void Retrieval::write(Split split, std::int64_t index, Example& example) const {
  const Pair& pair = of(split).pairs[static_cast<std::size_t>(index)];
  for (const char c : pair.texts[0]) example.add(static_cast<unsigned char>(c));
  example.next_document();
  for (const char c : pair.texts[1]) example.add(static_cast<unsigned char>(c));
  example.answer(pair.cites);
}

}  // namespace seqrl
