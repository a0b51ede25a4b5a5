#include "envs/mujoco/mujoco_version.h"

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("MuJoCo's version numbers have three digits, and seven since 3.5.0", "[mujoco]") {
  CHECK(mujoco_version_text(222) == "2.2.2");
  CHECK(mujoco_version_text(340) == "3.4.0");
  CHECK(mujoco_version_text(3005000) == "3.5.0");
  CHECK(mujoco_version_text(3017001) == "3.17.1");
  CHECK(mujoco_version_text(4000000) == "4.0.0");
}

TEST_CASE("versions are compared as numbers", "[mujoco]") {
  CHECK(mujoco_at_least("3.5.0", "3.5"));
  CHECK(mujoco_at_least("3.17.0", "3.5"));
  CHECK(mujoco_at_least("4.0.0", "3.17.9"));
  CHECK_FALSE(mujoco_at_least("3.4.9", "3.5"));
  CHECK_FALSE(mujoco_at_least("2.2.2", "3"));
  CHECK_FALSE(mujoco_at_least("", "2.2"));
}

TEST_CASE("the loaded library has the version that seqrl was compiled for", "[mujoco]") {
  CHECK_NOTHROW(require_mujoco_of_headers());
  CHECK(mujoco_at_least(mujoco_version(), "2.2"));
}
