#include "agents/datasets/action_box.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "agents/datasets/scan.h"
#include "configs/base/error.h"

namespace seqrl {
namespace {

constexpr double kLargest = 1e10;  // MuJoCo treats larger numbers as broken
constexpr double kClose = 0.9;     // actions within ±1 that come this close to it are scaled

// The range of each dimension's actions, or ±1 if they were scaled to it.
ActionBox range_of(const Trajectories& data) {
  const ActionRange range = action_range(data);
  ActionBox box{.low = {range.low.begin(), range.low.end()},
                .high = {range.high.begin(), range.high.end()}};
  const std::size_t dim = box.low.size();
  const double largest = std::max(-std::ranges::min(box.low), std::ranges::max(box.high));
  if (largest > kClose && largest <= 1) {
    box.low.assign(dim, -1);
    box.high.assign(dim, 1);
  }
  return box;
}

// "-3 to 3" or, if dimensions differ, the range of each; only the first few of many.
std::string text_of(const ActionBox& box) {
  constexpr std::size_t kShown = 4;
  std::vector<std::string> ranges;
  for (std::size_t i = 0; i < box.low.size(); ++i) {
    ranges.push_back(fmt::format("{:.4g} to {:.4g}", box.low[i], box.high[i]));
  }
  if (std::ranges::count(ranges, ranges[0]) == std::ssize(ranges)) return ranges[0];
  if (ranges.size() > kShown) {
    ranges.resize(kShown);
    ranges.emplace_back("…");
  }
  return fmt::format("{}", fmt::join(ranges, ", "));
}

// The number of choices of the environment, or of the data without one; 0 for a box.
int choices_of(const Space* environment, const Trajectories& data) {
  const std::string& path = data.source().path;
  const int recorded = data.action_choices();
  if (!environment) return recorded;
  const int choices = environment->choices;
  SEQRL_REQUIRE(choices > 0 || recorded == 0,
                "{}: its actions are discrete ({} choices), but the environment's are continuous; "
                "set env to the dataset's own environment",
                path, recorded);
  if (choices == 0) return 0;
  SEQRL_REQUIRE(recorded == 0 || recorded == choices,
                "{}: its actions are discrete ({} choices), but the environment has {}; set env to "
                "the dataset's own environment",
                path, recorded, choices);
  const auto bad = std::ranges::find_if(data.actions(), [&](float action) {
    return !(action >= 0 && action < static_cast<float>(choices) && action == std::floor(action));
  });
  SEQRL_REQUIRE(
      data.action_dim() == 1 && bad == data.actions().end(),
      "{}: the environment's actions are discrete ({} choices, 0 … {}), but the data's are {}",
      path, choices, choices - 1,
      data.action_dim() == 1
          ? fmt::format("not: {} at transition {}", *bad, bad - data.actions().begin())
          : fmt::format("vectors of {} numbers", data.action_dim()));
  return choices;
}

}  // namespace

bool is_bounded(const Space& actions, std::size_t i) {
  return actions.low[i] <= actions.high[i] && actions.low[i] >= -kLargest &&
         actions.high[i] <= kLargest;
}

ActionBox action_box(const Space* environment, const Trajectories& data) {
  if (const int choices = choices_of(environment, data); choices > 0) {
    return {.low = {0}, .high = {static_cast<double>(choices - 1)}, .choices = choices};
  }
  const auto dim = static_cast<std::size_t>(data.action_dim());
  const Space stated{data.source().action_low, data.source().action_high};
  ActionBox box{.low = std::vector<double>(dim), .high = std::vector<double>(dim)};
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < dim; ++i) {
    const bool by_data = !stated.low.empty() && is_bounded(stated, i);
    const Space* known = environment && is_bounded(*environment, i) ? environment
                         : by_data                                  ? &stated
                                                                    : nullptr;
    if (!known) {
      unknown.push_back(i);
      continue;
    }
    box.low[i] = known->low[i];
    box.high[i] = known->high[i];
  }
  if (unknown.empty()) return box;
  const ActionBox range = range_of(data);
  for (const std::size_t i : unknown) {
    box.low[i] = range.low[i];
    box.high[i] = range.high[i];
  }
  box.note = fmt::format("{} actions have no known bounds; the dataset's are used: {}",
                         unknown.size() == dim ? "the" : "some", text_of(box));
  return box;
}

}  // namespace seqrl
