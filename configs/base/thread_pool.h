// The only thread runtime of the process.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace seqrl {

// Runs numbered tasks on a fixed set of threads, including the caller's. The assignment of tasks to
// threads varies; if each task writes only its own results, the outcome does not depend on it.
class ThreadPool {
 public:
  // threads = 0: one for each processor this process may run on. The threads start with the first
  // work; until then this process can be forked safely, as is done while parsing files.
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  // Calls task(0) … task(count - 1) and returns when all are done; allocates nothing once the
  // threads run. The first exception of a task is rethrown here, and the tasks not yet begun are
  // dropped. Tasks must not call run() of the same pool. Throws an Error if the system cannot start
  // the threads.
  template <typename Task>
  void run(int count, Task&& task) {
    run_erased(
        count, [](void* f, int i) { (*static_cast<std::remove_reference_t<Task>*>(f))(i); },
        const_cast<void*>(static_cast<const void*>(&task)));
  }

 private:
  using Call = void (*)(void*, int);
  void run_erased(int count, Call call, void* task);
  void start();
  void work();
  void take_tasks();
  void stop();

  const int threads_;
  std::vector<std::thread> workers_;  // threads_ − 1, once started
  std::mutex mutex_;                  // held while sleeping and waking
  std::condition_variable start_, done_;
  std::atomic<std::uint64_t> generation_{0};  // of tasks
  std::atomic<int> busy_{0};                  // workers that have not finished with them
  bool stopping_ = false;
  Call call_ = nullptr;
  void* task_ = nullptr;
  int count_ = 0;
  std::atomic<int> next_{0};
  std::exception_ptr error_;
};

// Processors this process may use (its affinity mask), at least 1.
int available_processors();

}  // namespace seqrl
