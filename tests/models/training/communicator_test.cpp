#include "models/training/communicator.h"

#include <string>
#include <vector>

#include "configs/base/error.h"
#include "tests/catch.h"
#include "tests/thread_ranks.h"

using namespace seqrl;

TEST_CASE("all_gather gives all parts to every rank, and gather to rank 0 only") {
  const std::vector<std::int64_t> bounds = {0, 2, 2, 5};  // the second has none
  std::vector<std::vector<int>> everywhere(3), first(3);
  ThreadRanks(3).run([&](Communicator& ranks) {
    const auto rank = static_cast<std::size_t>(ranks.rank());
    std::vector<int>&all = everywhere[rank], &gathered = first[rank];
    all.assign(5, -1);
    for (auto i = bounds[rank]; i < bounds[rank + 1]; ++i) {
      all[static_cast<std::size_t>(i)] = static_cast<int>(10 * rank + static_cast<std::size_t>(i));
    }
    gathered = all;
    ranks.all_gather(std::span(all), bounds);
    ranks.gather(std::span(gathered), bounds);
  });
  const std::vector<int> whole = {0, 1, 22, 23, 24};
  for (const auto& all : everywhere) CHECK(all == whole);
  CHECK(first[0] == whole);
  CHECK(first[1] == std::vector<int>(5, -1));
  CHECK(first[2] == std::vector<int>{-1, -1, 22, 23, 24});
}

TEST_CASE("ranks share texts and flags, and detect values that differ") {
  std::vector<std::string> texts(3), errors(3);
  std::vector<int> any(3), none(3);
  ThreadRanks(3).run([&](Communicator& ranks) {
    const auto rank = static_cast<std::size_t>(ranks.rank());
    texts[rank] = ranks.all_texts(std::string(rank, 'a')).back() + ranks.text_of_first("b");
    any[rank] = ranks.any(rank == 1);
    none[rank] = ranks.any(false);
    ranks.require_same("colour", "red", "paint it");
    try {
      ranks.require_same("colour", rank == 2 ? "blue" : "red", "paint it");
    } catch (const Error& error) {
      errors[rank] = error.what();
    }
  });
  CHECK(texts == std::vector<std::string>(3, "aab"));
  CHECK(any == std::vector<int>(3, 1));
  CHECK(none == std::vector<int>(3, 0));
  const std::string text = "rank 2 has a different colour than rank 0: blue, not red; paint it";
  CHECK(errors == std::vector<std::string>(3, text));
}

TEST_CASE("collective operations work in a single process") {
  Communicator& alone = single_process();
  CHECK(alone.is_alone());
  CHECK(alone.any(true));
  CHECK_FALSE(alone.any(false));
  CHECK(alone.text_of_first("a") == "a");
  CHECK(alone.all_texts("b") == std::vector<std::string>{"b"});
  alone.wait_for_all();
}

TEST_CASE("parts of ranks are contiguous and cover everything") {
  CHECK(parts_of_ranks(8, 4) == std::vector<std::int64_t>{0, 2, 4, 6, 8});
  CHECK(parts_of_ranks(2, 4) == std::vector<std::int64_t>{0, 0, 1, 1, 2});
  CHECK(parts_of_ranks(0, 2) == std::vector<std::int64_t>{0, 0, 0});
}
