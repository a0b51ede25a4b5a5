#include "agents/datasets/scores.h"

#include <array>
#include <utility>

namespace seqrl {
namespace {

using Entry = std::pair<std::string_view, ReferenceReturns>;

constexpr std::array<Entry, 14> kReferences = {{
    {"halfcheetah", {-280.178953, 12135.0}},
    {"hopper", {-20.272305, 3234.3}},
    {"walker2d", {1.629008, 4592.3}},
    {"ant", {-325.6, 3879.7}},
    {"ant_d4rl", {-325.6, 3879.7}},
    {"maze2d_umaze", {23.85, 161.86}},
    {"maze2d_medium", {13.13, 277.39}},
    {"maze2d_large", {6.7, 273.99}},
    {"antmaze", {0, 1}},
    {"kitchen", {0, 4}},
    {"pen", {96.262799, 3076.8331}},
    {"hammer", {-274.856578, 12794.1348}},
    {"door", {-56.512833, 2880.5693}},
    {"relocate", {-6.425911, 4233.8778}},
}};

}  // namespace

std::optional<ReferenceReturns> reference_returns(std::string_view env) {
  for (const auto& [name, returns] : kReferences) {
    if (name == env) return returns;
  }
  return std::nullopt;
}

}  // namespace seqrl
