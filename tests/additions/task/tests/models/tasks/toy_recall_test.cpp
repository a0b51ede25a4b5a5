#include "models/tasks/toy_recall.h"

#include "tests/catch.h"
#include "tests/models/tasks/written.h"

using namespace seqrl;

TEST_CASE("toy_recall asks for the first token at the end") {
  const ToyRecall task({}, 1);
  for (const Written& example : training_examples(task, 20)) {
    REQUIRE(example.tokens().size() == 8);
    CHECK(example.answers() == std::vector{example.tokens().front()});
    CHECK(example.targets.back() == example.tokens().front());
  }
}
