#include "configs/base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "configs/base/error.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace seqrl {

namespace {

// Waits for `holds` for a few microseconds, which is often enough; waking a sleeping thread takes
// tens of microseconds. Returns whether it holds.
template <typename Condition>
bool holds_soon(Condition holds) {
  constexpr int kTries = 1000;
  for (int i = 0; i < kTries; ++i) {
    if (holds()) return true;
#if defined(__SSE2__)
    _mm_pause();
#endif
  }
  return false;
}

}  // namespace

int available_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

ThreadPool::ThreadPool(int threads) : threads_(threads > 0 ? threads : available_processors()) {}

void ThreadPool::start() {
  workers_.reserve(static_cast<std::size_t>(threads_ - 1));
  try {
    while (static_cast<int>(workers_.size()) < threads_ - 1)
      workers_.emplace_back([this] { work(); });
  } catch (const std::system_error& error) {
    stop();
    workers_.clear();
    stopping_ = false;
    fail("cannot start {} threads: {}; ask for fewer", threads_, error.what());
  }
}

ThreadPool::~ThreadPool() {
  stop();
}

void ThreadPool::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  start_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run_erased(int count, Call call, void* task) {
  if (count <= 0) return;
  if (count == 1) return call(task, 0);  // no thread needs to be woken
  if (workers_.empty() && threads_ > 1) start();
  {
    std::lock_guard lock(mutex_);
    call_ = call;
    task_ = task;
    count_ = count;
    next_.store(0, std::memory_order_relaxed);
    busy_ = static_cast<int>(workers_.size());
    ++generation_;
  }
  start_.notify_all();
  take_tasks();
  const auto finished = [this] { return busy_ == 0; };
  if (!holds_soon(finished)) {
    std::unique_lock lock(mutex_);
    done_.wait(lock, finished);
  }
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::take_tasks() {
  for (int i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) {
    try {
      call_(task_, i);
    } catch (...) {
      std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      next_.store(count_, std::memory_order_relaxed);
    }
  }
}

void ThreadPool::work() {
  std::uint64_t seen = 0;
  while (true) {
    const auto has_tasks = [&] { return generation_ != seen; };
    if (!holds_soon(has_tasks)) {
      std::unique_lock lock(mutex_);
      start_.wait(lock, [&] { return stopping_ || has_tasks(); });
      if (!has_tasks()) return;
    }
    ++seen;
    take_tasks();
    if (--busy_ > 0) continue;
    std::lock_guard lock(mutex_);  // a thread that checks and then sleeps must not miss it
    done_.notify_one();
  }
}

}  // namespace seqrl
