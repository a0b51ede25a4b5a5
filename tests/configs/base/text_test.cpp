#include "configs/base/text.h"

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("the nearest name is suggested for a typo") {
  const std::vector<std::string> names = {"min_gru", "min_lstm", "transformer", "mamba"};
  CHECK(nearest_name("min_gur", names) == "min_gru");
  CHECK(nearest_name("trasformer", names) == "transformer");
  CHECK(nearest_name("minGRU", names) == "min_gru");
  CHECK(nearest_name("MIN-LSTM", names) == "min_lstm");
  CHECK(nearest_name("xyz", names).empty());
  CHECK(nearest_name("__", {"a", "b"}).empty());
  CHECK(suggestion("xyz", names) == "; known: min_gru, min_lstm, transformer, mamba");
}

TEST_CASE("text quoted in an error is escaped and shortened to one line") {
  CHECK(shown("a\nb\x7F\xFF") == "'a\\x0Ab\\x7F\\xFF'");
  CHECK(shown("é") == "'é'");
  CHECK(shown(std::string(200, 'x')) == "'" + std::string(100, 'x') + "…'");
}

TEST_CASE("numbers are grouped by thousands") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(-100) == "-100");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(-1234567) == "-1,234,567");
}
