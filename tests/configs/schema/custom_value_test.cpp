// Values with a form defined by their own layer, and faults found only in a whole section.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "configs/base/error.h"
#include "configs/schema/config.h"
#include "configs/schema/custom_value.h"
#include "configs/schema/tree.h"
#include "configs/schema/values.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// A point, written x@y.
struct Point final : CustomValue {
  double x = 0, y = 0;

  void read(const Tree& tree, const std::string& key) override {
    const std::size_t at = tree.text.find('@');
    if (at == std::string::npos) reject_type(tree, key, "a point", "; write x@y");
    const auto number = [&](const std::string& text) {
      Tree part = tree;
      part.text = text;
      return read_number(part, key);
    };
    x = number(tree.text.substr(0, at));
    y = number(tree.text.substr(at + 1));
  }
  std::string yaml() const override { return fmt::format("{}@{}", x, y); }
  nlohmann::ordered_json json() const override { return {x, y}; }
  std::string type() const override { return "x@y"; }
};

struct Place {
  Point point;
  void fields(Fields& field) {
    field("point", point, "where it is");
    field.inspect([this]() -> std::optional<Fields::Fault> {
      if (point.x < 0) return Fields::Fault{{"point", "x"}, "is off the map"};
      return std::nullopt;
    });
  }
};

std::string custom_rejection(const std::string& text,
                             const std::vector<std::string>& overrides = {}) {
  try {
    read_config_text<Place>(text, "x.yaml", overrides);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a custom value is read, printed and documented in its own format") {
  const auto place = read_config_text<Place>("point: 1@0.5", "x.yaml");
  CHECK(place.point.x == 1);
  CHECK(place.point.y == 0.5);
  CHECK(print_config(place) == "point: 1@0.5\n");
  CHECK(config_json(place).dump() == R"({"point":[1.0,0.5]})");
  CHECK(help_text<Place>("point").find("x@y") != std::string::npos);
  CHECK(read_config_text<Place>("{}", "x.yaml", {"point=2@3"}).point.y == 3);
}

TEST_CASE("an invalid custom value is rejected with its position") {
  CHECK(custom_rejection("\npoint: here") ==
        "x.yaml:2: point: expected a point, got 'here'; write x@y");
  CHECK(custom_rejection("point: 1@b") == "x.yaml:1: point: expected a number, got 'b'");
  CHECK(custom_rejection("{}", {"point=7"}) ==
        "command line: 'point=7': expected a point, got '7'; write x@y");
  CHECK(custom_rejection("point:") ==
        "x.yaml:1: point: has no value; give a point, or remove the key");
}

TEST_CASE("a fault is reported at the last of its keys that the text contains") {
  CHECK(custom_rejection("\n\npoint: -1@2") == "x.yaml:3: point.x: is off the map");
}
