#include "envs/renderer.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "configs/base/error.h"
#include "envs/registry.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

using Picture = std::vector<std::uint8_t>;

// An environment at its start, and what draws it; nothing to draw with where there is no OpenGL.
struct Stage {
  explicit Stage(const char* name, int width = 64, int height = 48) : env(make_env(name)) {
    observation.resize(static_cast<std::size_t>(env->observation_space().dim()));
    env->reset(1, observation);
    try {
      renderer.emplace(world().model(), width, height);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::failure);
      WARN("nothing is drawn here: " << error.what());
    }
  }
  const MujocoEnv& world() const { return dynamic_cast<const MujocoEnv&>(*env); }
  Picture draw(const std::vector<Caption>& captions = {}) {
    const auto pixels = renderer->draw(world(), captions);
    return {pixels.begin(), pixels.end()};
  }

  std::unique_ptr<Env> env;
  std::vector<double> observation;
  std::optional<Renderer> renderer;
};

// The share of pixels in a row range that are more blue than red: limbs and sky are, tiles hardly.
double brightness(const Picture& picture, std::size_t first, std::size_t last) {
  double sum = 0;
  for (std::size_t i = first; i < last; ++i) sum += picture[i];
  return sum / static_cast<double>(last - first);
}

}  // namespace

TEST_CASE("every environment can be drawn, the sky above the ground") {
  for (const std::string& name : env_names()) {
    INFO(name);
    Stage stage(name.c_str());
    if (!stage.renderer) return;
    const Picture picture = stage.draw();
    REQUIRE(picture.size() == 64 * 48 * 3);
    const std::size_t row = 64 * 3;
    CHECK(brightness(picture, 0, 4 * row) != brightness(picture, 44 * row, 48 * row));
    CHECK(picture[2] > picture[0]);  // the sky is blue, and the first row is the upper one
  }
}

TEST_CASE("a picture shows the state: the same for the same, another for another") {
  Stage stage("hopper");
  if (!stage.renderer) return;
  const Picture start = stage.draw();
  CHECK(stage.draw() == start);
  for (int i = 0; i < 20; ++i) stage.env->step(std::vector<double>(3, 1.0), stage.observation);
  CHECK(stage.draw() != start);
}

TEST_CASE("captions are written on the picture's upper left") {
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
