#include "tools/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "tests/catch.h"
#include "tests/tools/terminal.h"

using namespace seqrl;
using namespace seqrl::tools;

namespace {

ProgressState halfway() {
  ProgressState state{"train", 42000, 100000};
  state.steps_per_second = 504.2;
  state.seconds_left = 115;
  state.loss = 0.04214;
  return state;
}

int columns(const std::string& text) {
  int count = 0;
  for (const char c : text) count += (c & 0xC0) != 0x80;
  return count;
}

}  // namespace

TEST_CASE("durations are formatted like a clock") {
  CHECK(duration_text(0) == "0:00");
  CHECK(duration_text(59.4) == "0:59");
  CHECK(duration_text(59.6) == "1:00");
  CHECK(duration_text(3599) == "59:59");
  CHECK(duration_text(7200) == "2:00:00");
  CHECK(duration_text(3 * 86400 + 4 * 3600 + 5 * 60 + 6) == "3d 04:05:06");
  CHECK(duration_text(-1) == "?");
  CHECK(duration_text(INFINITY) == "?");
  CHECK(duration_text(std::nan("")) == "?");
}

TEST_CASE("a progress bar shows steps, rate, loss and remaining time") {
  CHECK(progress_bar(halfway(), 80, false) ==
        "train  42% |#######           | 42000/100000, 504 it/s, loss 0.04214, 1:55 left");
  CHECK(progress_line(halfway()) == "train 42000/100000 (42%), 504 it/s, loss 0.04214, 1:55 left");
  CHECK(progress_bar({"evaluate", 0, 3}, 40, false) == "evaluate   0% |                   | 0/3");
}

TEST_CASE("a progress bar in UTF-8 has a resolution of an eighth of a column") {
  CHECK(progress_bar({"x", 1, 2}, 27, true) == "x  50% |██████▌      | 1/2");
  CHECK(progress_bar({"x", 2, 2}, 27, true) == "x 100% |█████████████| 2/2");
}

TEST_CASE("a progress bar fits into a terminal of any width") {
  const bool utf8 = GENERATE(false, true);
  for (int width = 0; width <= 200; ++width) {
    const std::string text = progress_bar(halfway(), width, utf8);
    INFO(width << ": " << text);
    REQUIRE(columns(text) <= std::max(0, width - 1));
  }
  CHECK(progress_bar(halfway(), 40, utf8) == "train  42% 42000/100000, 504 it/s, loss");
}

TEST_CASE("empty, overfull and NaN progress is formatted") {
  CHECK(progress_line({"train", 0, 0}) == "train 0/0 (100%)");
  CHECK(progress_line({"train", 7, 5}) == "train 7/5 (100%)");
  CHECK(progress_line({"train", 99999, 100000}) == "train 99999/100000 (99%)");
  ProgressState state{"train", 1, 10};
  state.loss = std::nan("");
  state.steps_per_second = 0.0312;
  CHECK(progress_line(state) == "train 1/10 (10%), 0.0312 it/s, loss nan");
}

TEST_CASE("without a terminal, progress is a line every thirty seconds and at the end") {
  std::ostringstream out;
  double now = 1000;
  {
    Progress progress(out, {}, "train", 100, 200, [&] { return now; });
    for (int step = 101; step <= 165; ++step) {
      now += 1;
      progress.update(step, 0.5);
    }
    progress.print("evaluation: 42");
    progress.finish();
    progress.finish();
  }
  CHECK(out.str() ==
        "train 130/200 (65%), 1 it/s, loss 0.5, 1:10 left\n"
        "train 160/200 (80%), 1 it/s, loss 0.5, 0:40 left\n"
        "evaluation: 42\n"
        "train 165/200 (82%), 1 it/s, loss 0.5\n");
}

TEST_CASE("on a terminal, one progress line is redrawn below other lines") {
  std::ostringstream out;
  double now = 0;
  {
    Progress progress(out, terminal_of_width(20), "x", 0, 4, [&] { return now; });
    for (int step = 1; step <= 3; ++step) {
      now += step == 2 ? 0.01 : 1;  // the second is too early to be drawn
      progress.update(step);
    }
    progress.print("hello");
  }
  CHECK(out.str() ==
        "x  25% 1/4, 1 it/s,"
        "\r\x1b[K"
        "x  75% 3/4, 1.54 it"
        "\r\x1b[K"
        "hello\n"
        "x  75% 3/4, 1.54 it"
        "\n");
}

TEST_CASE("the rate is that of the last seconds, the remaining time that of the whole run") {
  std::ostringstream out;
  double now = 0;
  Progress progress(out, terminal_of_width(80), "train", 0, 1000, [&] { return now; });
  const auto last_bar = [&] { return out.str().substr(out.str().rfind("train")); };
  for (int step = 1; step <= 500; ++step) {
    now += step == 100 ? 990.1 : 0.1;  // an evaluation after step 99
    progress.update(step);
  }
  CHECK_THAT(last_bar(), Catch::Matchers::Contains("500/1000, 10 it/s, 17:20 left"));
}

TEST_CASE("a pipe is not a terminal") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const Terminal terminal = terminal_of(ends[1]);
  CHECK(!terminal.interactive);
  CHECK(terminal.width() == 80);
  ::close(ends[0]);
  ::close(ends[1]);
}
