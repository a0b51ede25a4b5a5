// seqrl view with an in-memory screen (Xvfb), if installed, and without any screen.
#include "tests/tools/program/program.h"

namespace {

bool has_screen() {
  return std::system("command -v xvfb-run >/dev/null 2>&1 && command -v xauth >/dev/null 2>&1") ==
         0;
}

const std::string kNoScreen = "env -u DISPLAY -u WAYLAND_DISPLAY";

}  // namespace

TEST_CASE("without a display, view suggests seqrl render in one line") {
  const TemporaryFolder folder;
  const Ran ran = seqrl_in(folder, "view hopper-expert frames=2", kNoScreen);
  CHECK(ran.status == 1);
  CHECK(is_one_line(ran.err));
  CHECK_THAT(ran.err, Catch::Contains("seqrl render"));
}

TEST_CASE("view rejects invalid arguments before it opens a window") {
  const TemporaryFolder folder;
  const auto rejected = [&](const std::string& arguments, const std::string& because) {
    const Ran ran = seqrl_in(folder, arguments, kNoScreen);
    INFO(ran.err);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains(because));
  };
  rejected("view nowhere", "nowhere");
  rejected("view hopper-expert speeed=2", "did you mean 'speed'?");
  rejected("view hopper-expert speed=0", "speed");
  rejected("view hopper-expert targets=[1,2]", "keys change it");
  rejected("view hopper-expert env=walker2d", "walker2d");
}

TEST_CASE("view shows an agent for a number of frames, and rejects an unknown camera") {
  if (!has_screen()) {
    WARN("skipped: xvfb-run or xauth is not installed");
    return;
  }
  const TemporaryFolder folder;
  const std::string screen = "xvfb-run -a -s '-screen 0 320x240x24'";
  const Ran ran = seqrl_in(
      folder, "view hopper-expert frames=12 width=160 height=120 camera=track speed=2", screen);
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  // 12 frames of a 60th of a second, twice as fast, of steps of 8 ms
  CHECK_THAT(ran.out, Catch::Contains("episode 0 of seed 0") && Catch::Contains("in 50 steps"));
  const Ran wrong =
      seqrl_in(folder, "view hopper-expert frames=1 width=160 height=120 camera=nose", screen);
  CHECK(wrong.status == 2);
  CHECK_THAT(wrong.err, Catch::Contains("track and free always work"));
}
