// For each given recording, prints its environment and the largest deviation of a replay, in
// observations and rewards, below the running version of MuJoCo; "fails" if an episode ended
// differently.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iostream>

#include "envs/checks/recording.h"

int main(int argc, char** argv) {
  std::cout << "MuJoCo " << seqrl::mujoco_version() << "\n";
  for (int i = 1; i < argc; ++i) {
    try {
      const seqrl::CheckResult result = seqrl::check_recording(argv[i]);
      const double deviation = std::max(result.observation_deviation, result.reward_deviation);
      std::cout << fmt::format("{} {:.2g}{}\n", result.env, deviation,
                               result.termination_mismatches > 0 ? "_(ends_otherwise)" : "");
    } catch (const std::exception& error) {
      std::cerr << error.what() << "\n";
      return 1;
    }
  }
}
