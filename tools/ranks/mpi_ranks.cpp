#include "tools/ranks/mpi_ranks.h"

#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <streambuf>
#include <utility>
#include <vector>

#include "configs/base/environment.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/hash.h"
#include "models/core/device.h"
#include "models/ops/instruction_set.h"
#include "tools/failure.h"
#include "tools/ranks/machine.h"
#include "tools/ranks/mpi.h"
#include "tools/ranks/watch.h"

namespace seqrl::tools {
namespace {

// Discards everything that is written.
class Nowhere : public std::streambuf {
 protected:
  int overflow(int c) override { return c == EOF ? 0 : c; }
  std::streamsize xsputn(const char*, std::streamsize count) override { return count; }
};

class MpiCommunicator : public Communicator {
 public:
  explicit MpiCommunicator(Mpi& mpi) : mpi_(mpi) {}
  int rank() const override { return mpi_.rank(); }
  int ranks() const override { return mpi_.ranks(); }
  int threads() const override { return threads_; }
  bool stop_asked() const override { return watch_ != nullptr && watch_->stop_asked(); }
  void exchange(std::span<const Message> sends, std::span<const Message> receives) override {
    mpi_.exchange(sends, receives);
  }

  void set_threads(int threads) { threads_ = threads; }
  void set_watch(const Watch& watch) { watch_ = &watch; }

 private:
  Mpi& mpi_;
  const Watch* watch_ = nullptr;
  int threads_ = 0;
};

class MpiRanks : public Ranks {
 public:
  MpiRanks(Communicator& communicator, Watch& watch) : communicator_(communicator), watch_(watch) {}
  Communicator& communicator() override { return communicator_; }
  void set_advice(std::string advice) override { watch_.set_advice(std::move(advice)); }

 private:
  Communicator& communicator_;
  Watch& watch_;
};

std::vector<Place> places_of(Communicator& communicator) {
  std::vector<Place> places;
  for (const std::string& text : communicator.all_texts(Place::of_this_process().text())) {
    places.push_back(Place::from_text(text));
  }
  return places;
}

// Everything that determines the last bits of results.
void require_same_program(Communicator& communicator) {
  const std::string content = read_file("/proc/self/exe");
  Hash64 hash;
  hash.add(std::span<const char>(content));
  communicator.require_same("program", fmt::format("seqrl {:016x}", hash.result()),
                            "start the same build of seqrl everywhere");
  communicator.require_same("processor", instruction_set(),
                            "results would depend on it; use machines of the same kind");
}

}  // namespace

int with_mpi(const Launch& launch, const std::function<bool()>& asked,
             const std::function<int(Ranks&)>& command) {
  // If srun gives MPI no way to connect the ranks, the library would end with a page of its own
  // text.
  if (launch.launcher == "srun" && std::getenv("PMIX_RANK") == nullptr) {
    if (launch.rank != 0) return 2;  // the first says it
    reject("srun has started {} processes, but does not connect them; use srun --mpi=pmix",
           launch.ranks);
  }
  Mpi mpi;
  const int world = mpi.ranks();
  if (world != launch.ranks) {
    mpi.finalize();
    if (launch.rank != 0) return 2;  // the first says it
    reject(
        "{} has started {} processes, but MPI reports {}; use the mpirun of the MPI that seqrl was "
        "built with, or under Slurm srun --mpi=pmix (or pmi2 for MPICH)",
        launch.launcher, launch.ranks, world);
  }
  MpiCommunicator communicator(mpi);
  const std::vector<Place> places = places_of(communicator);
  communicator.set_threads(threads_of(mpi.rank(), places));
  share_gpus(number_on_machine(mpi.rank(), places));
  Watch watch(mpi, places, {.timeout = rank_timeout().value_or(60), .asked = asked});
  communicator.set_watch(watch);
  // Rank 0 reports for all.
  Nowhere nowhere;
  std::streambuf *const out = std::cout.rdbuf(), *const err = std::cerr.rdbuf();
  if (!communicator.is_first()) {
    std::cout.rdbuf(&nowhere);
    std::cerr.rdbuf(&nowhere);
  }
  int status = 0;
  try {
    SEQRL_REQUIRE(rank_timeout(), "SEQRL_RANK_TIMEOUT: {}", kExpectedSeconds);
    require_same_program(communicator);
    MpiRanks ranks(communicator, watch);
    status = command(ranks);
    communicator.wait_for_all();
  } catch (...) {
    watch.fail(failure_of(std::current_exception()));
  }
  watch.finish();
  mpi.finalize();
  std::cout.rdbuf(out);
  std::cerr.rdbuf(err);
  return status;
}

}  // namespace seqrl::tools
