// The JSON schema of a config, compared with what the config reader accepts.
#include <nlohmann/json.hpp>

#include "configs/schema/config.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

struct ModelExample {
  std::int64_t dim = 8;
  void fields(Fields& field) { field("dim", dim, "width", at_least(1)); }
};
struct GatedExample : ModelExample {
  bool gate = true;
  void fields(Fields& field) {
    ModelExample::fields(field);
    field("gate", gate, "whether it has a gate");
  }
};

struct OptimizerExample {
  double lr = 0.1;
  std::optional<int> seed;
  void fields(Fields& field) {
    field("lr", lr, "step size", positive(), less_than(2));
    field("seed", seed, "null for none", in_range(0, 9));
  }
};

struct ConfigExample {
  std::string path;
  std::vector<std::string> mode{"window"};
  OptimizerExample optimizer;
  KindSection<ModelExample> model{"plain"};
  void fields(Fields& field) {
    field("path", path, "a file", required());
    field("mode", mode, "ways", one_of({"window", "stream"}));
    field("optimizer", optimizer, "how it learns");
    field("model", model, "what learns");
  }
};

nlohmann::ordered_json schema() {
  register_kind<ModelExample, ModelExample>("plain", "nothing but a width");
  register_kind<ModelExample, GatedExample>("gated", "with a gate");
  return json_schema<ConfigExample>("an example");
}

}  // namespace

TEST_CASE("a schema lists every key, marks the required ones, and allows no others") {
  const auto example = schema();
  CHECK(example["title"] == "an example");
  CHECK(example["additionalProperties"] == false);
  CHECK(example["required"] == nlohmann::ordered_json{"path"});
  CHECK(example["properties"].size() == 4);
  CHECK(example["properties"]["path"]["description"] == "a file");
  CHECK_FALSE(example["properties"]["path"].contains("default"));
  CHECK(example["properties"]["optimizer"]["additionalProperties"] == false);
}

TEST_CASE("a schema has the bounds of numbers, the choices, and null where it is allowed") {
  const auto properties = schema()["properties"];
  const auto lr = properties["optimizer"]["properties"]["lr"];
  CHECK(lr["exclusiveMinimum"] == 0);
  CHECK(lr["exclusiveMaximum"] == 2);
  CHECK(lr["default"] == 0.1);
  const auto seed = properties["optimizer"]["properties"]["seed"];
  CHECK(seed["anyOf"][0]["type"] == "integer");
  CHECK(seed["anyOf"][0]["maximum"] == 9);
  CHECK(seed["anyOf"][1]["type"] == "null");
  CHECK(seed["default"] == nullptr);
  CHECK(properties["mode"]["anyOf"][1]["enum"] == nlohmann::ordered_json{"window", "stream"});
}

TEST_CASE("a kind's schema allows its name or its keys; only the default needs no name") {
  const auto model = schema()["properties"]["model"];
  REQUIRE(model["anyOf"].size() == 3);
  CHECK(model["default"] == "plain");
  CHECK(model["anyOf"][0]["enum"] == nlohmann::ordered_json{"plain", "gated"});
  CHECK_FALSE(model["anyOf"][1].contains("required"));
  CHECK_FALSE(model["anyOf"][1]["properties"].contains("gate"));
  CHECK(model["anyOf"][2]["required"] == nlohmann::ordered_json{"kind"});
  CHECK(model["anyOf"][2]["properties"]["gate"]["type"] == "boolean");
}
