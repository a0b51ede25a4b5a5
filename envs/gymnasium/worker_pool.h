// The pool of workers that wait to be used again, all of the process.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "envs/gymnasium/worker.h"

namespace seqrl {

// Python takes a second to start, and environments are made often: for an evaluation, for an
// episode of a collection, or to ask for a space. So a worker that is no longer needed waits here
// for the next who needs one of the same options. Thread-safe.
class WorkerPool {
 public:
  static WorkerPool& shared();

  // What the environment says of itself; the first call for these options starts a worker. The
  // Errors are those of Worker, and of kind user for options that are not trusted.
  std::shared_ptr<const GymnasiumFacts> facts(const GymnasiumOptions& options);

  // A worker that nobody else has. One that cannot be started although it could before is an Error
  // of kind failure.
  std::unique_ptr<Worker> take(const GymnasiumOptions& options, bool frames = false);

  // For the next. A lost worker is thrown away.
  void give_back(const GymnasiumOptions& options, std::unique_ptr<Worker> worker);

  // Ends the workers that wait.
  void clear();

 private:
  WorkerPool() = default;

  struct Idle {
    std::string key;
    std::unique_ptr<Worker> worker;
  };
  std::mutex mutex_;
  std::list<Idle> idle_;  // the longest waiting first
  std::map<std::string, std::shared_ptr<const GymnasiumFacts>> facts_;
};

}  // namespace seqrl
