#include "envs/render/renderer.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "envs/mjcf/mjcf_options.h"
#include "envs/registry.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

using Picture = std::vector<std::uint8_t>;

// An environment at its start, and its renderer; none if there is no OpenGL.
struct Stage {
  explicit Stage(const char* name, int width = 64, int height = 48)
      : Stage(make_env(name), width, height) {}
  explicit Stage(std::unique_ptr<Env> given, int width = 64, int height = 48,
                 const std::string& camera = "")
      : env(std::move(given)) {
    observation.resize(static_cast<std::size_t>(env->observation_space().dim()));
    env->reset(1, observation);
    try {
      renderer.emplace(simulated().model(), width, height, camera);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::user) throw;
      WARN("nothing is rendered here: " << error.what());
    }
  }
  MujocoEnv& simulated() const { return dynamic_cast<MujocoEnv&>(*env); }
  Picture draw(const std::vector<Caption>& captions = {}) {
    const auto pixels = renderer->draw(simulated(), captions);
    return {pixels.begin(), pixels.end()};
  }

  std::unique_ptr<Env> env;
  std::vector<double> observation;
  std::optional<Renderer> renderer;
};

// A crawler on a floor of 2 by 2 metres, and a ball that nothing moves.
std::unique_ptr<Env> crawler(const std::string& visual = "", const std::string& cameras = "") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "crawler.xml", "<mujoco>" + visual + R"(<asset>
      <texture name="t" type="2d" builtin="checker" rgb1="1 1 1" rgb2=".8 .8 .8" width="64"
               height="64"/><material name="tiles" texture="t" texrepeat="4 4"/></asset>
    <worldbody>)" + cameras + R"(<geom type="plane" size="1 1 .1" material="tiles"/>
      <body pos="0 0 .2"><joint name="x" type="slide" axis="1 0 0"/><geom size=".1"/></body>
      <body pos="0 -90 .2"><freejoint/><geom size=".1"/></body>
    </worldbody>
    <actuator><motor joint="x" ctrllimited="true" ctrlrange="-1 1"/></actuator></mujoco>)");
  EnvSection section("mjcf");
  section.as<MjcfOptions>().model = (folder / "crawler.xml").string();
  return make_env(section);
}
constexpr const char* kCameras =
    "<camera name='front' pos='0 -3 1' xyaxes='1 0 0 0 .3 1'/><camera pos='0 0 5'/>";

double brightness(const Picture& picture, std::size_t first, std::size_t last) {
  double sum = 0;
  for (std::size_t i = first; i < last; ++i) sum += picture[i];
  return sum / static_cast<double>(last - first);
}

}  // namespace

TEST_CASE("every environment can be rendered, with the sky above the ground") {
  for (const std::string& name : env_names()) {
    INFO(name);
    Stage stage(name.c_str());
    if (!stage.renderer) return;
    const Picture picture = stage.draw();
    REQUIRE(picture.size() == 64 * 48 * 3);
    const std::size_t row = 64 * 3;
    CHECK(brightness(picture, 0, 4 * row) != brightness(picture, 44 * row, 48 * row));
    CHECK(picture[2] > picture[0]);  // the sky is blue, and the first row is the top one
  }
}

TEST_CASE("equal states give equal images, and different states different ones") {
  Stage stage("hopper");
  if (!stage.renderer) return;
  const Picture start = stage.draw();
  CHECK(stage.draw() == start);
  for (int i = 0; i < 20; ++i) stage.env->step(std::vector<double>(3, 1.0), stage.observation);
  CHECK(stage.draw() != start);
}

TEST_CASE("an environment with another model is rejected") {
  Stage hopper("hopper"), ant("ant");
  if (!hopper.renderer) return;
  CHECK_THROWS_WITH(hopper.renderer->draw(ant.simulated()),
                    "ant cannot be rendered: the renderer was created for another model");
}

TEST_CASE("captions are in the upper left of the image") {
  Stage stage("hopper", 320, 240);
  if (!stage.renderer) return;
  const Picture bare = stage.draw(), captioned = stage.draw({{"return", "12"}, {"target", "3600"}});
  const auto differs = [&](std::size_t y, std::size_t x) {
    const std::size_t at = (y * 320 + x) * 3;
    return !std::equal(bare.begin() + static_cast<std::ptrdiff_t>(at),
                       bare.begin() + static_cast<std::ptrdiff_t>(at + 3),
                       captioned.begin() + static_cast<std::ptrdiff_t>(at));
  };
  CHECK(differs(10, 10));
  CHECK(!differs(230, 310));
}

TEST_CASE("the floor is infinite, and its tiles do not move") {
  for (const std::string name : {"hopper", "ant", "crawler"}) {
    INFO(name);
    Stage stage(name == "crawler" ? crawler() : make_env(name));
    if (!stage.renderer) return;
    MujocoEnv& simulated = stage.simulated();
    std::vector<double> qpos(simulated.qpos().begin(), simulated.qpos().end());
    const std::vector<double> qvel(simulated.qvel().size());
    const auto draw_at = [&](double x) {
      qpos[0] = x;
      simulated.set_state(qpos, qvel, stage.observation);
      return stage.draw();
    };
    const Picture start = draw_at(0), far = draw_at(100);
    // 100 metres are a whole number of tiles: only rounding and shadows differ.
    int differ = 0;
    for (std::size_t i = 0; i < start.size(); ++i) differ += std::abs(start[i] - far[i]) > 8;
    CHECK(differ < static_cast<int>(start.size()) / 50);
    CHECK(draw_at(0.2) != start);
  }
}

TEST_CASE("a model without lights is lit with any headlight setting") {
  for (const char* visual : {"", "<visual><headlight active='0'/></visual>",
                             "<visual><headlight ambient='0 0 0' diffuse='0 0 0'/></visual>"}) {
    Stage stage(crawler(visual));
    if (!stage.renderer) return;
    const Picture picture = stage.draw();
    CHECK(brightness(picture, 0, picture.size()) > 80);
  }
}

TEST_CASE("cameras are chosen by name or number, and the error for an unknown one lists them") {
  const auto drawn = [](const std::string& camera) -> Picture {
    Stage stage(crawler("", kCameras), 64, 48, camera);
    return stage.renderer ? stage.draw() : Picture();
  };
  if (drawn("front").empty()) return;
  CHECK(drawn("front") == drawn("0"));
  CHECK(drawn("1") != drawn("0"));
  CHECK(drawn("") == drawn("track"));  // none is called "side"
  CHECK(drawn("free") != drawn("track"));
  for (const char* wrong : {"2", "-1", "frnt", "0x"}) {
    CHECK_THROWS_WITH(drawn(wrong), Catch::Contains(wrong) && Catch::Contains("'front', 1"));
  }
}
