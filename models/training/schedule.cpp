#include "models/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace seqrl {

double warmup_lr(double lr, std::int64_t warmup, std::int64_t step) {
  if (step + 1 >= warmup) return lr;
  return lr * static_cast<double>(step + 1) / static_cast<double>(warmup);
}

double scheduled_lr(Schedule schedule, double lr, std::int64_t warmup, std::int64_t steps,
                    std::int64_t step) {
  if (schedule == Schedule::constant || step + 1 <= warmup) return warmup_lr(lr, warmup, step);
  const std::int64_t first = std::max<std::int64_t>(warmup - 1, 0);  // first step at full rate
  const double progress = static_cast<double>(step - first) /
                          static_cast<double>(std::max<std::int64_t>(steps - first, 1));
  return lr * 0.5 * (1 + std::cos(std::numbers::pi * std::min(progress, 1.0)));
}

}  // namespace seqrl
