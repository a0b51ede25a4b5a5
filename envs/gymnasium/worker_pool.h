// The process-wide pool of idle workers.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "envs/gymnasium/worker.h"

namespace seqrl {

// Python takes a second to start, and environments are made often: for an evaluation, for an
// episode of a collection, or to query a space. A worker that is no longer needed therefore waits
// here for the next user with the same options. Thread-safe.
class WorkerPool {
 public:
  static WorkerPool& shared();

  // The environment's facts; the first call for these options starts a worker. Errors are those of
  // Worker, and of kind user for options that are not trusted.
  std::shared_ptr<const GymnasiumFacts> facts(const GymnasiumOptions& options);

  // Takes a worker for exclusive use. If it cannot be started although it could before, an Error of
  // kind failure.
  std::unique_ptr<Worker> take(const GymnasiumOptions& options, bool frames = false);

  // Returns a worker for reuse. A lost worker is discarded.
  void give_back(const GymnasiumOptions& options, std::unique_ptr<Worker> worker);

  // Ends the idle workers.
  void clear();

 private:
  WorkerPool() = default;

  struct Idle {
    std::string key;
    std::unique_ptr<Worker> worker;
  };
  std::mutex mutex_;
  std::list<Idle> idle_;  // longest waiting first
  std::map<std::string, std::shared_ptr<const GymnasiumFacts>> facts_;
};

}  // namespace seqrl
