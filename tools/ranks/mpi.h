// The calls of the MPI library. Only mpi.cpp includes its header.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "models/training/communicator.h"

namespace seqrl::tools {

// A message beside the work: that a rank is alive, has failed, ends the job, or is done.
struct Notice {
  enum class Kind : std::int32_t { alive, failed, over, done };
  Kind kind = Kind::alive;
  std::int32_t stop = 0;    // alive: whether it was asked to stop; to others, whether any was
  std::int32_t status = 0;  // failed: the exit status
  char text[1012] = {};     // failed: what happened
};

// MPI as one process has it. exchange() is for the thread that made it, the notices are for
// another.
class Mpi {
 public:
  // Joins the other ranks. An Error of kind failure where the library cannot be used by two
  // threads.
  Mpi();
  Mpi(const Mpi&) = delete;
  Mpi& operator=(const Mpi&) = delete;
  ~Mpi();

  int rank() const;
  int ranks() const;

  // As Communicator::exchange().
  void exchange(std::span<const Communicator::Message> sends,
                std::span<const Communicator::Message> receives);

  // What went through exchange(), and the time that this thread spent there.
  struct Traffic {
    std::int64_t bytes_sent = 0, messages_sent = 0;
    double seconds = 0;
  };
  const Traffic& traffic() const;

  // Sends a notice; false where the one before is still on its way, or the rank is gone.
  bool send(int rank, const Notice& notice);
  // The next notice of a rank, if it is there; nothing of a rank that is gone.
  std::optional<Notice> receive(int rank);

  // Ends all ranks, this one included.
  [[noreturn]] void abort(int status);
  // Leaves. All ranks call it, when nothing is on its way any more.
  void finalize();

 private:
  struct Calls;
  std::unique_ptr<Calls> calls_;
};

}  // namespace seqrl::tools
