#include "envs/mujoco/margins.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "envs/assets.h"
#include "envs/mujoco/mujoco_env.h"
#include "envs/registry.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// A floor and rolling balls with these margins. The masks let all touch, or the balls only the
// floor.
MujocoModel balls(double floor, const std::vector<double>& margins, bool each_other = true) {
  std::string bodies;
  for (const double margin : margins) {
    bodies += fmt::format(
        R"(<body><freejoint/><geom size=".1" contype="1" conaffinity="{}" margin="{}"/></body>)",
        each_other ? 1 : 0, margin);
  }
  return {"balls", fmt::format(R"(<mujoco><worldbody><geom type="plane" size="1 1 1" margin="{}"/>)"
                               "{}</worldbody></mujoco>",
                               floor, bodies)};
}

std::vector<double> to_add(const MujocoModel& model) {
  const auto margins = margins_to_add(*model.get());
  REQUIRE(margins);
  return *margins;
}

}  // namespace

TEST_CASE("equal margins are halved", "[margins]") {
  CHECK(to_add(balls(0.01, {0.01, 0.01})) == std::vector<double>{0.005, 0.005, 0.005});
  CHECK(to_add(balls(0.01, {0.01, 0.01}, false)) == std::vector<double>{0.005, 0.005, 0.005});
}

TEST_CASE("margins that do not meet another stay unchanged", "[margins]") {
  CHECK(to_add(balls(0, {0, 0})) == std::vector<double>{0, 0, 0});
  CHECK(to_add(balls(0, {0.01, 0.02}, false)) == std::vector<double>{0, 0.01, 0.02});
  CHECK(to_add(balls(0.01, {0, 0})) == std::vector<double>{0.01, 0, 0});
}

TEST_CASE("different margins are split so that each pair sums to the larger one", "[margins]") {
  const struct {
    double floor;
    std::vector<double> balls;
    bool each_other;
  } cases[] = {{0, {0.01, 0.01}, true},
               {0.02, {0.01, 0.01}, true},
               {0.02, {0.01, 0.03, 0}, false},
               {0.04, {0.01, 0.02}, true}};
  for (const auto& [floor, margins, each_other] : cases) {
    INFO(floor);
    const std::vector<double> shared = to_add(balls(floor, margins, each_other));
    for (std::size_t i = 0; i < margins.size(); ++i) {
      CHECK(shared[0] + shared[i + 1] == Approx(std::max(floor, margins[i])));
      for (std::size_t j = 0; j < i && each_other; ++j) {
        CHECK(shared[i + 1] + shared[j + 1] == Approx(std::max(margins[i], margins[j])));
      }
    }
    CHECK(std::ranges::min(shared) >= 0);
  }
}

TEST_CASE("if no margins sum to the larger ones, there is no result", "[margins]") {
  CHECK_FALSE(margins_to_add(*balls(0.01, {0.02, 0.03, 0.04}).get()));
}

TEST_CASE("margins meet if two geoms that can touch both have one", "[margins]") {
  CHECK(margins_meet(*balls(0.01, {0, 0.02}, false).get()));
  CHECK(margins_meet(*balls(0, {0.01, 0.01}).get()));
  CHECK_FALSE(margins_meet(*balls(0, {0.01, 0.01}, false).get()));
  CHECK_FALSE(margins_meet(*balls(0.01, {0}).get()));
}

TEST_CASE("built-in robots keep their written margins, while copies need halved ones",
          "[margins]") {
  int halved = 0;
  for (const std::string name : {"hopper", "walker2d", "halfcheetah", "ant"}) {
    INFO(name);
    const auto robot = make_env(name);
    const MujocoModel& model = dynamic_cast<MujocoEnv&>(*robot).model();
    CHECK_FALSE(model.adds_margins());
    const auto written = model.constants().at("geom_margin").get<std::vector<double>>();
    MujocoModel copy(name, "<!-- Someone's own. -->" + std::string(asset_text(name + ".xml")));
    const bool meet = std::ranges::max(written) > 0;
    CHECK(copy.adds_margins() == meet);
    CHECK(copy.constants().at("geom_margin").get<std::vector<double>>() == written);
    std::vector<double> half = written;
    for (double& margin : half) margin /= 2;
    CHECK(to_add(copy) == half);
    halved += meet ? 1 : 0;
  }
  CHECK(halved == 2);
}
