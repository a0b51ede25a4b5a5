// seqrl check backbone=NAME: the conformance test for user-defined backbones.
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.h"
#include "tests/tools/program/program.h"

namespace {

nlohmann::json checked(const TemporaryFolder& folder, const std::string& settings, int status) {
  INFO(settings);
  const Ran ran = seqrl_in(folder, "check --json " + settings);
  REQUIRE(ran.status == status);
  auto json = nlohmann::json::parse(ran.out);
  CHECK(json.at("conforms") == (status == 0));
  return json;
}

}  // namespace

TEST_CASE("the built-in backbones and the example's pass the backbone check") {
  const TemporaryFolder folder;
  for (const char* kind : {"min_gru", "min_lstm", "gru", "lstm", "mamba", "transformer"}) {
    const auto json = checked(folder, std::string("backbone=") + kind + " backbone.layers=1", 0);
    CHECK(json.at("backbone") == kind);
    CHECK(json.at("promises").size() == 10);
  }
  checked(folder, "backbone=gated_decay plugins=" SEQRL_PLUGINS "/libgated_decay.so", 0);
}

TEST_CASE("a backbone with match_parameters is checked at the matching width") {
  const TemporaryFolder folder;
  // Only the chosen width is divisible by three heads.
  checked(folder, "backbone='{kind: transformer, heads: 3, layers: 1, match_parameters: 30000}'",
          0);
}

TEST_CASE("a backbone that fails the check exits with status 1 and names the failed property") {
  const TemporaryFolder folder;
  const auto json = checked(folder, "plugins=" SEQRL_PLUGINS "/libleaky.so backbone=leaky", 1);
  for (const auto& promise : json.at("promises")) {
    const std::string name = promise.at("name");
    CHECK(promise.at("violation").get<std::string>().empty() == !name.starts_with("chunks"));
    CHECK((promise.at("largest") > promise.at("tolerance")) == name.starts_with("chunks"));
  }
}

TEST_CASE("a wrong setting of the backbone check is rejected in one line") {
  const TemporaryFolder folder;
  const auto rejected = [&](const std::string& settings, const std::string& because) {
    const Ran ran = seqrl_in(folder, "check " + settings);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains(because));
  };
  rejected("backbone=min_gur", "'min_gru'");
  rejected("backbone=gru backbone.dmi=8", "'backbone.dim'");
  rejected("backbon=gru", "'backbone'");
}
