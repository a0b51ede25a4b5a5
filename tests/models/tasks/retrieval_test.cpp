#include "models/tasks/retrieval.h"

#include <fstream>
#include <set>

#include "configs/base/error.h"
#include "tests/catch.h"
#include "tests/models/tasks/written.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

std::string text_of(const std::vector<std::int32_t>& tokens) {
  std::string text;
  for (const std::int32_t token : tokens) text += static_cast<char>(token);
  return text;
}

}  // namespace

TEST_CASE("retrieval reads the published pairs of documents") {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& part, const std::string& text) {
    std::ofstream(folder / ("new_aan_pairs." + part + ".tsv"), std::ios::binary) << text;
  };
  write("train", "1.0\tP08-1\tW12-2\tone \"paper\"\tanother\n0.0\tA\tB\tle caf\xC3\xA9\t\n");
  write("eval", "0\tA\tB\tx\ty\n");
  write("test", "1\tA\tB\tlong document\tz\n0\tC\tD\tu\tv\n");
  RetrievalConfig config;
  config.data = folder.path().string();
  config.length = 11;
  const Retrieval task(config, 1);
  CHECK(task.shape().documents == 2);
  CHECK(task.size(Split::training) == 2);
  std::set<std::string> seen;
  for (const Written& example : training_examples(task, 40)) {
    seen.insert(text_of(example.documents[0]) + "|" + text_of(example.documents[1]) + "|" +
                std::to_string(example.answers()[0]));
  }
  CHECK(seen == std::set<std::string>{"one \"paper\"|another|1", "le caf\xC3\xA9| |0"});
  CHECK(task.training_length() == 11);
  const auto tested = evaluation_examples(task);
  REQUIRE(tested.size() == 2);
  CHECK(text_of(tested[0].documents[0]) == "long docume");  // cut
  config.evaluate_on = "validation";
  CHECK(Retrieval(config, 1).evaluation_size() == 1);

  write("train", "yes\tA\tB\tx\ty\n");
  CHECK_THROWS_WITH(Retrieval(config, 1),
                    Catch::Contains("train.tsv:1: the label is 'yes', expected 0 or 1"));
  write("train", "1\tA\tB\tx\n");
  CHECK_THROWS_WITH(Retrieval(config, 1), Catch::Contains("4 columns, expected 5"));
  write("train", "");
  CHECK_THROWS_WITH(Retrieval(config, 1), Catch::Contains("contains no pair"));
}
