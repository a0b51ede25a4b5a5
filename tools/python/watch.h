// A watch lets Python interrupt work that runs without the interpreter's lock.
#pragma once

#include <pybind11/pybind11.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <thread>

#include "configs/base/progress_monitor.h"

namespace seqrl::tools {

// Created in the thread that calls seqrl. Python's signal handlers, including ctrl-C's, run in that
// thread during the work. An exception of a handler or a callback asks the work to stop, and is
// raised once it has stopped.
class Watch {
 public:
  // Whether the work should stop; callable from any thread.
  bool stopped();

  // Calls Python from the caller's thread, with the lock.
  template <typename Call>
  void call(Call&& call) {
    if (error_) return;
    const pybind11::gil_scoped_acquire lock;
    try {
      call();
    } catch (...) {
      remember(std::current_exception());
    }
  }

  ProgressMonitor monitor() {
    return {.stop = [this] { return stopped(); }, .advanced = nullptr};
  }

  // The exception that was raised, once the work is over; call with the lock.
  const std::exception_ptr& error() const { return error_; }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void remember(std::exception_ptr error) {
    error_ = std::move(error);
    stopped_ = true;
  }

  const std::thread::id caller_ = std::this_thread::get_id();
  std::chrono::steady_clock::time_point next_look_{};
  std::exception_ptr error_;
  std::atomic<bool> stopped_{false};
};

}  // namespace seqrl::tools
