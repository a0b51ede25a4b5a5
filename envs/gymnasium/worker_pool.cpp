#include "envs/gymnasium/worker_pool.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "configs/base/printable.h"
#include "configs/base/shell.h"

namespace seqrl {
namespace {

constexpr std::size_t kMostIdle = 64;

// Workers with equal keys are interchangeable.
std::string key_of(const GymnasiumOptions& options) {
  const nlohmann::ordered_json key = {options.id,           options.python,
                                      options.options.text, options.wrappers.text,
                                      options.modules,      options.max_episode_steps.value_or(0),
                                      options.timeout,      options.start_timeout,
                                      options.strict};
  return key.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void require_trusted(const GymnasiumOptions& options) {
  SEQRL_REQUIRE(options.trusted,
                "{} is a Python environment, which is code, and does not run just because a file "
                "names it; if you trust the file, choose the Python that runs it: {}",
                options.title(""), shell_quoted("env.python=" + options.python));
}

// Checks that observations are flattened as when the run began.
void require_layout(const GymnasiumOptions& options, const GymnasiumFacts& facts) {
  SEQRL_REQUIRE(!options.layout || *options.layout == facts.layout,
                "{}: its observations are {}, but were {} when the run started{}; use the same "
                "versions as then, or start a new run",
                options.title(""), facts.layout, printable(*options.layout),
                options.versions ? " (" + printable(*options.versions) + ")" : "");
}

}  // namespace

WorkerPool& WorkerPool::shared() {
  static WorkerPool pool;
  return pool;
}

std::shared_ptr<const GymnasiumFacts> WorkerPool::facts(const GymnasiumOptions& options) {
  require_trusted(options);
  const std::string key = key_of(options);
  const auto known = [&]() -> std::shared_ptr<const GymnasiumFacts> {
    const std::lock_guard lock(mutex_);
    const auto found = facts_.find(key);
    return found == facts_.end() ? nullptr : found->second;
  };
  auto facts = known();
  if (!facts) {
    give_back(options, take(options));
    facts = known();
  }
  require_layout(options, *facts);
  return facts;
}

std::unique_ptr<Worker> WorkerPool::take(const GymnasiumOptions& options, bool frames) {
  require_trusted(options);
  const std::string key = key_of(options);
  bool started_before = false;
  if (!frames) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(idle_, key, &Idle::key);
    if (found != idle_.end()) {
      std::unique_ptr<Worker> worker = std::move(found->worker);
      idle_.erase(found);
      return worker;
    }
    started_before = facts_.contains(key);
  }
  try {
    auto worker = std::make_unique<Worker>(options, frames);
    const std::lock_guard lock(mutex_);
    facts_.try_emplace(key, std::make_shared<const GymnasiumFacts>(worker->facts()));
    return worker;
  } catch (const Error& error) {
    if (!started_before || error.kind() != ErrorKind::user) throw;
    fail("its process cannot be restarted: {}", error.what());
  }
}

void WorkerPool::give_back(const GymnasiumOptions& options, std::unique_ptr<Worker> worker) {
  if (worker == nullptr || worker->is_lost()) return;
  std::list<Idle> one, extra;  // their processes end outside the lock
  one.push_back({key_of(options), std::move(worker)});
  const std::lock_guard lock(mutex_);
  idle_.splice(idle_.end(), one);
  if (idle_.size() > kMostIdle) extra.splice(extra.end(), idle_, idle_.begin());
}

void WorkerPool::clear() {
  std::list<Idle> ended;
  const std::lock_guard lock(mutex_);
  ended.swap(idle_);
}

}  // namespace seqrl
