#include <array>
#include <utility>

#include "envs/env_facts.h"

namespace seqrl {

const EnvFacts* d4rl_task_facts(std::string_view name) {
  static const std::array<std::pair<std::string_view, EnvFacts>, 15> kTasks = {{
      {"maze2d", {.targets = {280, 140}}},
      {"maze2d_open", {.d4rl = ReferenceReturns{0.01, 20.66}}},
      {"maze2d_umaze", {.d4rl = ReferenceReturns{23.85, 161.86}}},
      {"maze2d_medium", {.d4rl = ReferenceReturns{13.13, 277.39}}},
      {"maze2d_large", {.d4rl = ReferenceReturns{6.7, 273.99}}},
      {"maze2d_open_dense", {.d4rl = ReferenceReturns{11.17817, 27.166538620695782}}},
      {"maze2d_umaze_dense", {.d4rl = ReferenceReturns{68.537689, 193.66285642381482}}},
      {"maze2d_medium_dense", {.d4rl = ReferenceReturns{44.264742, 297.4552547777125}}},
      {"maze2d_large_dense", {.d4rl = ReferenceReturns{30.569041, 303.4857382709002}}},
      {"antmaze", {.d4rl = ReferenceReturns{0, 1}, .targets = {1}}},
      {"kitchen", {.d4rl = ReferenceReturns{0, 4}}},
      {"pen", {.d4rl = ReferenceReturns{96.262799, 3076.8331}, .targets = {3100, 1550}}},
      {"hammer", {.d4rl = ReferenceReturns{-274.856578, 12794.1348}, .targets = {12800, 6400}}},
      {"door", {.d4rl = ReferenceReturns{-56.512833, 2880.5693}, .targets = {2900, 1450}}},
      {"relocate", {.d4rl = ReferenceReturns{-6.425911, 4233.8778}, .targets = {4300, 2150}}},
  }};
  for (const auto& [task, facts] : kTasks) {
    if (task == name) return &facts;
  }
  return nullptr;
}

}  // namespace seqrl
