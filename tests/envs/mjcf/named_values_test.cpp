// Names with numbers and names with ranges.
#include "envs/mjcf/named_values.h"
#include "configs/base/error.h"
#include "configs/schema/config.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

struct Scales {
  Weights weights;
  Ranges ranges;
  void fields(Fields& field) {
    field("weights", weights, "");
    field("ranges", ranges, "");
  }
};

Scales read_scales(const std::string& text, const std::vector<std::string>& settings = {}) {
  return read_config_text<Scales>(text, "x.yaml", settings);
}

std::string rejection(const std::string& text) {
  try {
    read_scales(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("named numbers and ranges survive printing and reading") {
  const Scales scales = read_scales(
      "weights: {b: 1e-3, a: -2, 'x y': 0}\nranges: {h: [0.7, null], k: [null, 1], j: [0, 1]}");
  CHECK(scales.weights.entries == Weights::Entries{{"b", 1e-3}, {"a", -2}, {"x y", 0}});
  CHECK(scales.ranges.entries ==
        Ranges::Entries{{"h", {0.7, {}}}, {"k", {{}, 1.0}}, {"j", {0.0, 1.0}}});
  const Scales again = read_scales(print_config(scales));
  CHECK(again.weights.entries == scales.weights.entries);
  CHECK(again.ranges.entries == scales.ranges.entries);
}

TEST_CASE("dots in command-line settings are part of a name") {
  CHECK(read_scales("{}", {"weights.torso.x=2"}).weights.entries ==
        Weights::Entries{{"torso.x", 2}});
  CHECK(read_scales("weights: {torso.x: 1}", {"weights={a: 3}"}).weights.entries ==
        Weights::Entries{{"a", 3}});
}

TEST_CASE("dotted and nested spellings of a name are the same name") {
  const Weights::Entries overridden = {{"torso.x", 2}};
  CHECK(read_scales("weights: {torso.x: 1}", {"weights.torso.x=2"}).weights.entries == overridden);
  CHECK(read_scales("weights: {torso: {x: 1}}", {"weights.torso.x=2"}).weights.entries ==
        overridden);
  CHECK(
      read_scales("weights: {torso: {y: 3}, torso.x: 1}", {"weights.torso.x=2"}).weights.entries ==
      Weights::Entries{{"torso.y", 3}, {"torso.x", 2}});
  CHECK(read_scales("{}", {"weights={torso.x: 1}", "weights.torso.x=2"}).weights.entries ==
        overridden);
  CHECK(read_scales("ranges: {gyro.0: [0, 1]}", {"ranges.gyro.0=[2, 3]"}).ranges.entries ==
        Ranges::Entries{{"gyro.0", {2.0, 3.0}}});
  CHECK(rejection("weights:\n  torso.x: 1\n  torso: {x: 2}\n") ==
        "x.yaml:3: weights.torso.x: given twice");
  CHECK(rejection("ranges: {gyro: {0: [0, 1]}, gyro.0: [0, 1]}") ==
        "x.yaml:1: ranges.gyro.0: given twice");
}

TEST_CASE("an invalid number or range is rejected with its line") {
  CHECK(rejection("weights:\n  a: fast\n") == "x.yaml:2: weights.a: expected a number, got 'fast'");
  CHECK(rejection("weights: 3") ==
        "x.yaml:1: weights: expected names, each with a number, as in {root_x: 1}, got '3'");
  CHECK(rejection("ranges: {a: [1, 0]}") == "x.yaml:1: ranges.a: an empty range: 1 is not below 0");
  CHECK(rejection("ranges: {a: [1]}") ==
        "x.yaml:1: ranges.a: expected two numbers [low, high], null for an open side, got a list");
  CHECK(rejection("ranges: {a: [.nan, 1]}").find("finite") != std::string::npos);
}
