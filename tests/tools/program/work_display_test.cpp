#include "tools/work_display.h"

#include <sstream>

#include "tests/catch.h"
#include "tests/tools/terminal.h"

using namespace seqrl;
using namespace seqrl::tools;

namespace {

WorkProgress episodes(std::int64_t done, double fraction) {
  return {done, 8, "episodes", fraction};
}

}  // namespace

TEST_CASE("quick work shows no progress") {
  std::ostringstream out;
  double now = 0;
  const bool interactive = GENERATE(false, true);
  WorkDisplay display(out, interactive ? terminal_of_width(60) : Terminal(), "evaluate",
                      [&] { return now; });
  for (const double fraction : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    display.show(episodes(0, fraction));
    now += 0.2;
  }
  CHECK(out.str().empty());
}

TEST_CASE("without a terminal, work prints lines at increasing intervals") {
  std::ostringstream out;
  double now = 0;
  WorkDisplay display(out, {}, "evaluate", [&] { return now; });
  for (int second = 0; second <= 100; ++second) {
    now = second;
    display.show(episodes(second / 25, second / 200.0));
  }
  CHECK(out.str() ==
        "evaluate 0/8 episodes (1%), 3:18 left\n"
        "evaluate 0/8 episodes (2%), 3:16 left\n"
        "evaluate 0/8 episodes (4%), 3:12 left\n"
        "evaluate 0/8 episodes (8%), 3:04 left\n"
        "evaluate 1/8 episodes (16%), 2:48 left\n"
        "evaluate 2/8 episodes (31%), 2:18 left\n"
        "evaluate 3/8 episodes (46%), 1:48 left\n");
}

TEST_CASE("on a terminal, work shows a bar that is erased when the work is done") {
  std::ostringstream out;
  double now = 0;
  {
    WorkDisplay display(out, terminal_of_width(60), "evaluate", [&] { return now; });
    display.show(episodes(0, 0));
    now = 2;
    display.show(episodes(2, 0.25));
    now = 2.05;  // too early to be drawn
    display.show(episodes(3, 0.375));
    now = 8;
    display.show(episodes(8, 1));
    display.show(episodes(0, 0));  // other work, fast so far
  }
  CHECK(out.str() ==
        "\r\x1b[Kevaluate  25% |####               | 2/8 episodes, 0:06 left"
        "\r\x1b[K");
}

TEST_CASE("the progress of parts adds up to the whole") {
  std::vector<double> fractions;
  const ProgressMonitor whole{
      .advanced = [&](const WorkProgress& progress) { fractions.push_back(progress.fraction); }};
  for (int run = 0; run < 2; ++run) {
    const ProgressMonitor part = whole.part(run, 2, "runs");
    part.advance(0, 4, "episodes");
    part.advance(4, 4, "episodes");
  }
  CHECK(fractions == std::vector<double>{0, 0.5, 0.5, 1});
}
