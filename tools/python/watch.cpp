#include "tools/python/watch.h"

namespace seqrl::tools {

bool Watch::stopped() {
  constexpr std::chrono::milliseconds kBetweenLooks{50};  // another thread may hold the lock
  const auto now = std::chrono::steady_clock::now();
  if (std::this_thread::get_id() == caller_ && !stopped_ && now >= next_look_) {
    call([] {
      if (PyErr_CheckSignals() != 0) throw pybind11::error_already_set();
    });
    next_look_ = std::chrono::steady_clock::now() + kBetweenLooks;
  }
  return stopped_;
}

}  // namespace seqrl::tools
