#include "models/tasks/characters.h"

#include <fstream>
#include <set>

#include "configs/base/error.h"
#include "tests/catch.h"
#include "tests/models/tasks/written.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

// A text with character i equal to 'A' + i, so that a window's position is easy to see.
std::string ascending(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += static_cast<char>('A' + i);
  return text;
}

struct TextFile {
  TemporaryFolder folder;
  CharactersConfig config;
  explicit TextFile(const std::string& text, std::int64_t context) {
    std::ofstream(folder / "text.txt", std::ios::binary) << text;
    config.data = (folder / "text.txt").string();
    config.context = context;
  }
};

}  // namespace

TEST_CASE(
    "training windows start anywhere in the first 90 %, and targets are the next characters") {
  const TextFile file(ascending(45), 7);
  const Characters task(file.config, 1);
  CHECK(task.test_size() == 5);
  std::set<std::int32_t> starts;
  for (const Written& example : training_examples(task, 1000)) {
    const std::int32_t first = example.tokens()[0];
    starts.insert(first);
    for (std::int32_t t = 0; t < 7; ++t) {
      CHECK(example.tokens()[static_cast<std::size_t>(t)] == first + t);
      CHECK(example.targets[static_cast<std::size_t>(t)] == first + t + 1);
    }
  }
  CHECK(starts.size() == 33);  // 0 … 32: the last target is 39
  CHECK(*starts.rbegin() == 32);
}

TEST_CASE("the evaluation covers every character of the held-out part once") {
  for (const std::int64_t context : {1, 2, 3, 4, 30}) {
    const TextFile file(ascending(45), context);
    std::vector<std::int32_t> asked;
    for (const Written& example : evaluation_examples(Characters(file.config, 1))) {
      const auto answers = example.answers();
      asked.insert(asked.end(), answers.begin(), answers.end());
    }
    CHECK(asked == std::vector<std::int32_t>{41, 42, 43, 44});
  }
}

TEST_CASE("a vocabulary numbers characters, including multi-byte and invalid ones") {
  const Vocabulary vocabulary("caf\xC3\xA9 \xFF");
  CHECK(vocabulary.characters() ==
        std::vector<std::string>{" ", "a", "c", "f", "\xC3\xA9", "\xFF"});
  CHECK(vocabulary.encode("f\xC3\xA9\xFF") == std::vector<std::int32_t>{3, 4, 5});
  const Vocabulary again = Vocabulary::from_hex(vocabulary.to_hex());
  CHECK(again.characters() == vocabulary.characters());
  CHECK_THROWS_WITH(Vocabulary::from_hex("61x"), Catch::Contains("hexadecimal"));
  CHECK_THROWS_WITH(vocabulary.encode("cab"),
                    "the character 'b' is not among the 6 characters of the model's vocabulary");
}

TEST_CASE("texts that are too short are rejected") {
  const TextFile tiny("too short", 2), small(ascending(45), 40);
  CHECK_THROWS_WITH(Characters(tiny.config, 1), Catch::Contains("9 characters are too few"));
  CHECK_THROWS_WITH(Characters(small.config, 1), Catch::Contains("a context of 40 needs more"));
}
