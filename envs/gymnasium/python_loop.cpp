#include "envs/gymnasium/python_loop.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "configs/base/thread_pool.h"
#include "envs/gymnasium/worker_pool.h"

namespace seqrl {

double python_loop_speed(const GymnasiumOptions& options, std::int64_t steps, int processes,
                         int envs) {
  const std::int64_t at_once = std::int64_t{processes} * envs;
  const std::int64_t each = (steps + at_once - 1) / at_once * envs;
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < processes; ++i) workers.push_back(WorkerPool::shared().take(options));
  std::vector<double> seconds(workers.size());
  ThreadPool pool(processes);
  pool.run(processes, [&](int i) {
    const auto at = static_cast<std::size_t>(i);
    seconds[at] = workers[at]->loop_seconds(each, envs);
  });
  for (auto& worker : workers) WorkerPool::shared().give_back(options, std::move(worker));
  return static_cast<double>(each * processes) / *std::ranges::max_element(seconds);
}

}  // namespace seqrl
