// Schedules of the learning rate.
#pragma once

#include <cstdint>

namespace seqrl {

enum class Schedule {
  constant,
  cosine,  // half a cosine from the end of the warm-up down to 0 after the last step
};

// The learning rate of step (0, 1, …): lr·(step + 1)/warmup up to `warmup`, then lr.
double warmup_lr(double lr, std::int64_t warmup, std::int64_t step);

// The same for a schedule that covers the whole run of `steps` steps.
double scheduled_lr(Schedule schedule, double lr, std::int64_t warmup, std::int64_t steps,
                    std::int64_t step);

}  // namespace seqrl
