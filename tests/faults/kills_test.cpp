// Commands killed repeatedly at any moment end as if they had never been killed.
#include <fmt/format.h>

#include <iostream>

#include "configs/base/random.h"
#include "tests/catch.h"
#include "tests/faults/scenario.h"

TEST_CASE("200 kills at random moments of every command lose nothing", "[.][torture]") {
  constexpr int kKills = 200;
  for (const Scenario& scenario : scenarios()) {
    DYNAMIC_SECTION(scenario.name) {
      const Stage stage(scenario);
      int kills = 0, wrong = 0;
      for (std::uint64_t trial = 0; kills < kKills; ++trial) {
        seqrl::Random random(11, seqrl::Purpose::test, trial);
        stage.reset();
        kills += stage.kill_after(scenario.command, 1.1 * stage.seconds() * random.uniform());
        // In every other trial, the next command is killed also.
        for (const std::string& command : scenario.again) {
          if (random.below(2) == 0) continue;
          kills += stage.kill_after(command, 1.1 * stage.seconds() * random.uniform());
        }
        const std::string text = stage.recover();
        if (text.empty()) continue;
        ++wrong;
        std::cout << fmt::format("{}, trial {}: {}\n", scenario.name, trial, text);
      }
      std::cout << fmt::format("{}: {} kills, {} wrong\n", scenario.name, kills, wrong);
      CHECK(wrong == 0);
    }
  }
}
