// All calls of the MPI library. Only mpi.cpp includes the MPI header.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "models/training/communicator.h"

namespace seqrl::tools {

// A message in addition to the work: a rank is alive, has failed, ends the job, or is done.
struct Notice {
  enum class Kind : std::int32_t { alive, failed, over, done };
  Kind kind = Kind::alive;
  std::int32_t stop = 0;    // alive: whether this rank (from rank 0: any rank) was asked to stop
  std::int32_t status = 0;  // failed: the exit status
  char text[1012] = {};     // failed: what happened
};

// MPI in one process. exchange() may be called only by the thread that created the object; notices
// are for another thread.
class Mpi {
 public:
  // Joins the other ranks. An Error of kind failure if the library does not support two threads.
  Mpi();
  Mpi(const Mpi&) = delete;
  Mpi& operator=(const Mpi&) = delete;
  ~Mpi();

  int rank() const;
  int ranks() const;

  // As Communicator::exchange().
  void exchange(std::span<const Communicator::Message> sends,
                std::span<const Communicator::Message> receives);

  // The traffic of exchange(), and the time that this thread spent there.
  struct Traffic {
    std::int64_t bytes_sent = 0, messages_sent = 0;
    double seconds = 0;
  };
  const Traffic& traffic() const;

  // Sends a notice; false if the previous notice is still in flight, or the rank is gone.
  bool send(int rank, const Notice& notice);
  // The next notice from a rank, if one has arrived; nothing from a rank that is gone.
  std::optional<Notice> receive(int rank);

  // Ends all ranks, including this one.
  [[noreturn]] void abort(int status);
  // Leaves. All ranks call it, once no messages are in flight.
  void finalize();

 private:
  struct Calls;
  std::unique_ptr<Calls> calls_;
};

}  // namespace seqrl::tools
