#include "agents/datasets/flat_space.h"

#include "configs/base/error.h"
#include "tests/catch.h"

using namespace seqrl;
using Catch::Contains;

namespace {

FlatSpace flat(const std::string& json) {
  return FlatSpace::of_json(json, "observation_space", "a-v0");
}

}  // namespace

TEST_CASE("a flat space has the parts of Dict and Tuple in the order of the JSON text") {
  const FlatSpace space = flat(
      R"({"type": "Dict", "subspaces": {
           "zeta": {"type": "Box", "shape": [2, 3], "low": [[-Infinity]], "high": [[Infinity]]},
           "alpha": {"type": "Tuple", "subspaces": [
             {"type": "Discrete", "n": 4, "start": 1},
             {"type": "Dict", "subspaces": {"on": {"type": "MultiBinary", "n": 5}}}]},
           "words": {"type": "Text", "max_length": 4},
           "dice": {"type": "MultiDiscrete", "nvec": [6, 2], "start": [0, 0]}}})");
  CHECK(space.layout() ==
        "zeta[6], alpha.0 discrete[4], alpha.1.on multibinary[5], dice multidiscrete[8]");
  CHECK(space.parts[0].path == "zeta");
  CHECK(space.parts[1].path == "alpha/_index_0");
  CHECK(space.parts[2].path == "alpha/_index_1/on");
  CHECK(space.parts[1].starts == std::vector<std::int64_t>{1});
  CHECK(space.left_out == std::vector<std::string>{"words"});
  CHECK_FALSE(space.is_plain());
  CHECK(layout_text("achieved_goal[2], observation[27], dice discrete[6]") ==
        "achieved_goal 2, observation 27, dice discrete 6");
}

TEST_CASE("a flat space without parts has the same layout text as env: {kind: gymnasium}") {
  CHECK(flat(R"({"type": "Box", "shape": [11], "low": [-Infinity]})").layout() == "[11]");
  CHECK(flat(R"({"type": "Box", "shape": [11]})").is_plain());
  CHECK(flat(R"({"type": "Discrete", "n": 16, "start": 0})").layout() == "discrete[16]");
  CHECK_FALSE(flat(R"({"type": "Discrete", "n": 16})").is_plain());
  CHECK(flat("").is_plain());  // nothing is given: an array of vectors
  CHECK(flat("").parts[0].numbers == 0);
}

TEST_CASE("a flat space has bounds only if they are finite, for any shape") {
  const auto bounds = [](const std::string& low) {
    return flat(R"({"type": "Box", "shape": [2, 1], "low": )" + low + "}").parts[0].low;
  };
  CHECK(bounds("[[-1], [-2.5]]") == std::vector<double>{-1, -2.5});
  CHECK(bounds("[[-1], [-Infinity]]").empty());
  CHECK(bounds("\"text\"").empty());
}

TEST_CASE("a space that is not a vector of numbers is rejected with the reason") {
  const auto refused = [](const std::string& json) {
    try {
      flat(json);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::user);
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(refused(R"({"type": "Sequence"})"),
             Contains("a-v0: 'observation_space' holds a space of type 'Sequence'"));
  CHECK_THAT(refused(R"({"type": "Text"})"), Contains("type 'Text'"));
  CHECK_THAT(refused(R"({"type": "Dict", "subspaces": {}})"), Contains("has no numbers"));
  CHECK_THAT(refused(R"({"type": "Dict"})"), Contains("does not say what its Dict holds"));
  CHECK_THAT(refused(R"({"type": "Box", "shape": [210, 160, 3]})"), Contains("images of 100800"));
  CHECK_THAT(refused(R"({"type": "Box", "shape": [4611686018427387904, 4]})"),
             Contains("an invalid shape"));
  CHECK_THAT(refused(R"({"type": "Box", "shape": [0]})"), Contains("an invalid shape"));
  CHECK_THAT(refused(R"({"type": "Discrete", "n": -4})"),
             Contains("is Discrete, but must have 1 to 1048576 choices"));
  CHECK_THAT(refused(R"({"type": "MultiDiscrete", "nvec": [1000000, 1000000]})"),
             Contains("the maximum is 1048576"));
  CHECK_THAT(refused(std::string(100'000, '[') + std::string(100'000, ']')),
             Contains("nested too deeply"));
  std::string deep = R"({"type": "Box", "shape": [1]})";
  for (int i = 0; i < 20; ++i) deep = R"({"type": "Tuple", "subspaces": [)" + deep + "]}";
  CHECK_THAT(refused(deep), Contains("deep"));
}
