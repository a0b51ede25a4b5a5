#include "envs/mujoco/physics.h"

#include "envs/assets.h"
#include "envs/mujoco/mujoco_env.h"
#include "envs/registry.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// An environment with a user's own model.
class Own final : public MujocoEnv {
 public:
  explicit Own(const std::string& mjcf)
      : MujocoEnv({.name = "own", .mjcf = mjcf, .observation_dim = 1}) {}

 private:
  void draw_start(Random&, std::span<double>, std::span<double>) const override {}
  StepOutcome evaluate_step(std::span<const double>) const override { return {}; }
  void observe(std::span<double> observation) const override { observation[0] = 0; }
};

Own ball(const std::string& margin, const std::string& integrator = "Euler") {
  return Own("<mujoco><option integrator=\"" + integrator + "\"/><default><geom margin=\"" +
             margin +
             "\"/></default><worldbody><geom type=\"plane\" size=\"1 1 1\"/><body pos=\"0 0 1\">"
             "<freejoint/><geom size=\".1\"/></body></worldbody></mujoco>");
}

// Whether the running MuJoCo misses spheres within their margin of a plane.
bool overlooks_spheres() {
  const std::string version = mujoco_version();
  return mujoco_at_least(version, "2.3.3") && !mujoco_at_least(version, "3.0");
}

class NoMujoco final : public Env {
 public:
  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return space_; }
  const Space& action_space() const override { return space_; }
  int max_episode_steps() const override { return 1; }
  void reset(std::uint64_t, std::span<double>) override {}
  StepOutcome step(std::span<const double>, std::span<double>) override { return {}; }

 private:
  std::string name_ = "none";
  Space space_ = Space::box(1, -1, 1);
};

}  // namespace

TEST_CASE("planar robots move the same under every version of MuJoCo", "[physics]") {
  for (const char* name : {"hopper", "walker2d", "halfcheetah"}) {
    const auto robot = make_env(name);
    for (const char* version : {"2.2.2", "3.4.0", "3.5.0", "3.17.0", "4.0.0", "4.1.0"}) {
      CHECK(physics_since(*robot, version) == "2.2");
    }
    CHECK_FALSE(physics_note(*robot));
  }
}

TEST_CASE("ant moves differently since 4.0, where RK4 changed", "[physics]") {
  for (const char* name : {"ant", "ant_d4rl"}) {
    const auto ant = make_env(name);
    for (const char* version : {"2.2.2", "3.4.0", "3.5.0", "3.17.0"}) {
      CHECK(physics_since(*ant, version) == "2.2");
    }
    CHECK(physics_since(*ant, "4.0.0") == "4.0");
    const auto note = physics_note(*ant);
    CHECK(note.has_value() == (overlooks_spheres() || mujoco_at_least(mujoco_version(), "4.0")));
    if (note) CHECK_THAT(*note, Catch::StartsWith(std::string(name) + " moves differently under"));
  }
}

TEST_CASE("humanoids move differently since 3.3.6, and pusher in each version since 3.0",
          "[physics]") {
  for (const char* name : {"humanoid_v5", "humanoid_standup_v5"}) {
    const auto humanoid = make_env(name);
    CHECK(physics_since(*humanoid, "3.3.5") == "2.2");
    CHECK(physics_since(*humanoid, "3.3.6") == "3.3.6");
    CHECK(physics_since(*humanoid, "3.17.0") == "3.3.6");
    CHECK(physics_since(*humanoid, "4.0.0") == "4.0");
    CHECK(physics_note(*humanoid).has_value() ==
          (overlooks_spheres() || mujoco_at_least(mujoco_version(), "3.3.6")));
  }
  const auto pusher = make_env("pusher_v5");
  CHECK(physics_since(*pusher, "2.3.7") == "2.2");
  CHECK(physics_since(*pusher, "3.2.3") == "3.2");
  CHECK(physics_since(*pusher, "3.17.0") == "3.17");
  CHECK(physics_since(*pusher, "4.0.0") == "4.0");
  for (const char* name : {"reacher_v5", "swimmer_v5", "inverted_pendulum_v5",
                           "inverted_double_pendulum_v5", "walker2d_v5"}) {
    CHECK(physics_since(*make_env(name), "4.0.0") == "2.2");
  }
}

TEST_CASE("a user's model has its margins added since 3.5, with a note", "[physics]") {
  const Own with = ball("0.01"), without = ball("0");
  CHECK(physics_since(with, "3.4.0") == "2.2");
  CHECK(physics_since(with, "3.5.0") == "3.5");
  CHECK(physics_since(with, "4.0.0") == "3.5");
  CHECK(physics_since(without, "4.0.0") == "2.2");
  const auto note = physics_note(with);
  if (mujoco_at_least(mujoco_version(), "3.5")) {
    REQUIRE(note);
    CHECK_THAT(*note, Catch::Contains("margins of two geoms are added since 3.5"));
  }
  CHECK_FALSE(physics_note(without));
}

TEST_CASE("2.3.3 to 2.3.7 miss contacts of spheres within their margin of a plane", "[physics]") {
  const Own with = ball("0.01"), without = ball("0");
  CHECK(physics_since(with, "2.3.2") == "2.2");
  CHECK(physics_since(with, "2.3.3") == "2.3.3");
  CHECK(physics_since(with, "2.3.7") == "2.3.3");
  CHECK(physics_since(with, "3.0.0") == "2.2");
  CHECK(physics_since(without, "2.3.7") == "2.2");
  CHECK(physics_since(*make_env("humanoid_standup_v5"), "2.3.7") == "2.3.3");
}

TEST_CASE("the note names both changes, and the later one counts", "[physics]") {
  const Own both = ball("0.01", "RK4");
  CHECK(physics_since(both, "3.17.0") == "3.5");
  CHECK(physics_since(both, "4.0.0") == "4.0");
  const auto note = physics_note(both);
  if (mujoco_at_least(mujoco_version(), "4.0")) {
    REQUIRE(note);
    CHECK_THAT(*note, Catch::Contains("RK4") && Catch::Contains("margins"));
    CHECK(note->find('\n') == std::string::npos);
  }
}

TEST_CASE("an environment without MuJoCo has no physics version", "[physics]") {
  const NoMujoco none;
  CHECK(physics_since(none, "4.0.0").empty());
  CHECK_FALSE(physics_note(none));
}
