#include "configs/base/json.h"

#include <nlohmann/json.hpp>

#include "tests/catch.h"

using namespace seqrl;
using Json = nlohmann::ordered_json;

TEST_CASE("indented JSON keeps lists of scalars on one line and loses nothing") {
  const Json json = {{"a \"b\"", {1.5, nullptr, "x, [y"}},
                     {"empty", {{"list", Json::array()}, {"object", Json::object()}}},
                     {"list", {{{"k", 1}}, {1, 2}}}};
  CHECK(Json::parse(indented(json)) == json);
  CHECK(indented({{"k", {1.5, nullptr}}, {"o", {{"n", true}}}}) ==
        "{\n  \"k\": [1.5,null],\n  \"o\": {\n    \"n\": true\n  }\n}\n");
  CHECK(indented(Json(1)) == "1\n");
}

TEST_CASE("a JSON object is flattened to scalars under dotted keys") {
  const Json json = {
      {"training", {{"lr", 0.1}}}, {"targets", {3600, 1800}}, {"plugins", Json::array()}};
  CHECK(with_dotted_keys(json) ==
        nlohmann::json{
            {"training.lr", 0.1}, {"targets.0", 3600}, {"targets.1", 1800}, {"plugins", nullptr}});
  CHECK(with_dotted_keys({{"evaluation", {{"a/b", 1}, {"~/c", 2}, {"~1", 3}}}}) ==
        nlohmann::json{{"evaluation.a/b", 1}, {"evaluation.~/c", 2}, {"evaluation.~1", 3}});
}
