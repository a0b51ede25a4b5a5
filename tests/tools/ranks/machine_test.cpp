#include "tools/ranks/machine.h"

#include "tests/catch.h"

using namespace seqrl::tools;

TEST_CASE("ranks on a machine share its available processors") {
  const Place two{.process = {.host = "a", .machine = "A", .names = "A", .pid = 1},
                  .processors = {0, 1}};
  Place first = two, second = two, elsewhere = two;
  first.processors = {0};
  second.processors = {1, 2, 3};
  elsewhere.process.machine = "B";
  CHECK(threads_of(0, {two}) == 2);
  CHECK(threads_of(0, {two, two}) == 1);
  CHECK(threads_of(0, {two, two, two}) == 1);  // at least one
  CHECK(threads_of(1, {first, second}) == 3);
  CHECK(threads_of(0, {two, elsewhere}) == 2);
}

TEST_CASE("ranks are numbered in order on each machine, so that each can have its own GPU") {
  Place here{.process = {.host = "a", .machine = "A", .names = "A", .pid = 1}, .processors = {}};
  Place there = here;
  there.process.machine = "B";
  const std::vector<Place> places = {here, there, here, here, there};
  std::vector<int> numbers;
  for (int rank = 0; rank < 5; ++rank) numbers.push_back(number_on_machine(rank, places));
  CHECK(numbers == std::vector<int>{0, 0, 1, 2, 1});
}

TEST_CASE("a place is converted to text and back") {
  const Place here = Place::of_this_process(), again = Place::from_text(here.text());
  CHECK(again.process.host == here.process.host);
  CHECK(again.process.machine == here.process.machine);
  CHECK(again.process.names == here.process.names);
  CHECK(again.process.pid == here.process.pid);
  CHECK(again.processors == here.processors);
}
