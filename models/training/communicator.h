// A communicator moves bytes between the ranks of a job: processes that work together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace seqrl {

// The first element of each rank's part of `count` equal items, followed by the end: ranks + 1
// numbers.
std::vector<std::int64_t> parts_of_ranks(std::int64_t count, int ranks);

// All ranks call the same functions in the same order, from one thread each. A rank that exits, or
// does not answer for a long time, ends the whole job: no call returns without the other ranks.
//
// A joint result must not depend on the number of ranks. So there is no sum here: the rank that
// adds up receives the parts and adds them in an order of its own.
class Communicator {
 public:
  virtual ~Communicator() = default;

  // This process's number, from 0 on, and the number of processes.
  virtual int rank() const = 0;
  virtual int ranks() const = 0;
  bool is_first() const { return rank() == 0; }
  bool is_alone() const { return ranks() == 1; }

  // Threads for this rank if a config leaves them open: the processors that it may use, shared with
  // the other ranks of its machine. 0 = all of them.
  virtual int threads() const { return 0; }

  // Whether a rank was asked to stop. Ranks learn this at different times: see any().
  virtual bool stop_asked() const { return false; }

  // Bytes to send to or receive from another rank.
  struct Message {
    int rank;
    std::span<std::byte> bytes;
  };
  // Sends and receives at the same time. Between two ranks, messages arrive in the given order, and
  // both ranks must give the same sizes. Empty messages are skipped.
  virtual void exchange(std::span<const Message> sends, std::span<const Message> receives) = 0;

  // Sends every rank's part to all others: before, rank r has the elements from bounds[r] to
  // bounds[r + 1]; afterwards it has all of them.
  template <typename T>
  void all_gather(std::span<T> all, std::span<const std::int64_t> bounds) {
    static_assert(std::is_trivially_copyable_v<T>);
    gather_bytes(std::as_writable_bytes(all), bounds, sizeof(T), false);
  }
  // The same, but only rank 0 gets them.
  template <typename T>
  void gather(std::span<T> all, std::span<const std::int64_t> bounds) {
    static_assert(std::is_trivially_copyable_v<T>);
    gather_bytes(std::as_writable_bytes(all), bounds, sizeof(T), true);
  }

  // Returns each rank's text on all ranks.
  std::vector<std::string> all_texts(const std::string& mine);
  // Returns rank 0's text on all ranks.
  std::string text_of_first(const std::string& mine);
  // Whether `mine` is true on any rank.
  bool any(bool mine);
  // Returns when all ranks have called it.
  void wait_for_all() { any(false); }

  // An Error of kind user if `value` is not the same on all ranks: "rank 1 has a different WHAT
  // than rank 0: VALUE, not VALUE; ADVICE".
  void require_same(const std::string& what, const std::string& value, const std::string& advice);

 private:
  void gather_bytes(std::span<std::byte> all, std::span<const std::int64_t> bounds,
                    std::size_t size, bool to_first);
};

// An Error of kind user if the ranks' GPUs differ in model, driver version or library version.
void require_same_gpu(Communicator& ranks);

// The communicator of a single process.
Communicator& single_process();

}  // namespace seqrl
