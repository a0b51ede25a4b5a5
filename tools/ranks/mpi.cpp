// Only the library's C API.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1

#include "tools/ranks/mpi.h"

#include <mpi.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/stopwatch.h"
#include "configs/base/text.h"

namespace seqrl::tools {
namespace {

constexpr std::size_t kMostBytes = 1 << 30;  // per call, because its count is an int
constexpr int kDataTag = 1, kNoticeTag = 2;

void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = {};
  int size = 0;
  MPI_Error_string(code, text, &size);
  fail("the connection between ranks failed: {}: {}", call,
       one_line(std::string(text, static_cast<std::size_t>(size))));
}

MPI_Comm copy_of_world() {
  MPI_Comm copy = MPI_COMM_NULL;
  check(MPI_Comm_dup(MPI_COMM_WORLD, &copy), "MPI_Comm_dup");
  check(MPI_Comm_set_errhandler(copy, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  return copy;
}

}  // namespace

struct Mpi::Calls {
  // A notice in flight, each in its own memory. Some libraries return an error for a rank that is
  // gone: the notice is then lost.
  struct Way {
    Notice notice;
    MPI_Request request = MPI_REQUEST_NULL;
    bool lost = false;

    bool begin(int code) {
      lost = code != MPI_SUCCESS;
      if (lost) request = MPI_REQUEST_NULL;
      return !lost;
    }
    bool is_over() {
      int over = 1;
      if (request == MPI_REQUEST_NULL) return true;
      return !begin(MPI_Test(&request, &over, MPI_STATUS_IGNORE)) || over;
    }
  };
  MPI_Comm data = MPI_COMM_NULL, notices = MPI_COMM_NULL;
  int rank = 0, ranks = 1;
  std::vector<MPI_Request> requests;
  std::vector<Way> outgoing, incoming;  // by rank
  Traffic traffic;

  // Waits for all requests. Soon yields the processor, because there may be more ranks than
  // processors.
  void wait() {
    const Stopwatch watch;
    for (int done = 0, tries = 0;; ++tries) {
      check(MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done,
                        MPI_STATUSES_IGNORE),
            "MPI_Testall");
      if (done) return;
      if (tries < 100) continue;
      if (watch.seconds() < 0.002) {
        ::sched_yield();
      } else {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
      }
    }
  }
};

Mpi::Mpi() : calls_(std::make_unique<Calls>()) {
  int given = MPI_THREAD_SINGLE;
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &given), "MPI_Init_thread");
  if (given < MPI_THREAD_MULTIPLE) {
    fail("this MPI library does not support several threads (MPI_THREAD_MULTIPLE); use another");
  }
  MPI_Comm_rank(MPI_COMM_WORLD, &calls_->rank);
  MPI_Comm_size(MPI_COMM_WORLD, &calls_->ranks);
  calls_->data = copy_of_world();
  calls_->notices = copy_of_world();
  calls_->outgoing.resize(static_cast<std::size_t>(calls_->ranks));
  calls_->incoming.resize(static_cast<std::size_t>(calls_->ranks));
}

Mpi::~Mpi() = default;

int Mpi::rank() const {
  return calls_->rank;
}

int Mpi::ranks() const {
  return calls_->ranks;
}

void Mpi::exchange(std::span<const Communicator::Message> sends,
                   std::span<const Communicator::Message> receives) {
  const Stopwatch watch;
  Calls& calls = *calls_;
  calls.requests.clear();
  const auto start = [&](const Communicator::Message& message, bool sending) {
    for (std::size_t at = 0; at < message.bytes.size(); at += kMostBytes) {
      const std::span<std::byte> part =
          message.bytes.subspan(at, std::min(kMostBytes, message.bytes.size() - at));
      const int count = static_cast<int>(part.size());
      MPI_Request& request = calls.requests.emplace_back();
      if (sending) {
        check(MPI_Isend(part.data(), count, MPI_BYTE, message.rank, kDataTag, calls.data, &request),
              "MPI_Isend");
        calls.traffic.bytes_sent += count;
        ++calls.traffic.messages_sent;
      } else {
        check(MPI_Irecv(part.data(), count, MPI_BYTE, message.rank, kDataTag, calls.data, &request),
              "MPI_Irecv");
      }
    }
  };
  for (const Communicator::Message& message : receives) start(message, false);
  for (const Communicator::Message& message : sends) start(message, true);
  calls.wait();
  calls.traffic.seconds += watch.seconds();
}

const Mpi::Traffic& Mpi::traffic() const {
  return calls_->traffic;
}

bool Mpi::send(int rank, const Notice& notice) {
  Calls::Way& way = calls_->outgoing[static_cast<std::size_t>(rank)];
  if (!way.is_over()) return false;
  way.notice = notice;
  return way.begin(MPI_Isend(&way.notice, sizeof way.notice, MPI_BYTE, rank, kNoticeTag,
                             calls_->notices, &way.request));
}

std::optional<Notice> Mpi::receive(int rank) {
  Calls::Way& way = calls_->incoming[static_cast<std::size_t>(rank)];
  if (way.request == MPI_REQUEST_NULL &&
      !way.begin(MPI_Irecv(&way.notice, sizeof way.notice, MPI_BYTE, rank, kNoticeTag,
                           calls_->notices, &way.request))) {
    return std::nullopt;
  }
  if (!way.is_over() || way.lost) return std::nullopt;
  return way.notice;
}

void Mpi::abort(int status) {
  ::alarm(10);  // if the library hangs, for example with the network
  MPI_Abort(MPI_COMM_WORLD, status);
  ::_exit(status);
}

void Mpi::finalize() {
  for (Calls::Way& way : calls_->outgoing) {
    if (way.request != MPI_REQUEST_NULL) MPI_Wait(&way.request, MPI_STATUS_IGNORE);
  }
  MPI_Comm_free(&calls_->data);
  MPI_Comm_free(&calls_->notices);
  MPI_Finalize();
}

}  // namespace seqrl::tools
