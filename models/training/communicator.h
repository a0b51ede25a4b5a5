// A communicator moves bytes between the ranks of a job: processes that do one thing together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace seqrl {

// Where each rank's part of `count` equal things begins, and behind them the end: ranks + 1
// numbers.
std::vector<std::int64_t> parts_of_ranks(std::int64_t count, int ranks);

// All ranks call the same functions in the same order, from one thread each. A rank that ends, or
// does not answer for long, ends the whole job: no call returns without the others.
//
// What ranks compute together must not depend on how many they are. So there is no sum here: who
// adds up receives the parts and adds them in an order of its own.
class Communicator {
 public:
  virtual ~Communicator() = default;

  // This process's number, from 0 on, and how many there are.
  virtual int rank() const = 0;
  virtual int ranks() const = 0;
  bool is_first() const { return rank() == 0; }
  bool is_alone() const { return ranks() == 1; }

  // Threads for this rank where a config leaves it open: the processors that it may use, shared
  // with the other ranks of its machine. 0 = all of them.
  virtual int threads() const { return 0; }

  // Whether a rank was asked to stop. Ranks learn of it at different times: see any().
  virtual bool stop_asked() const { return false; }

  // Bytes to or from another rank.
  struct Message {
    int rank;
    std::span<std::byte> bytes;
  };
  // Sends and receives, at the same time. Between two ranks messages arrive in the order in which
  // they are given, and have the size that the other gives. Empty ones are left out.
  virtual void exchange(std::span<const Message> sends, std::span<const Message> receives) = 0;

  // Gives every rank the parts of all others: rank r has the elements from bounds[r] to
  // bounds[r + 1] before, and all of them after.
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

  // Each rank's text, everywhere.
  std::vector<std::string> all_texts(const std::string& mine);
  // Rank 0's text, everywhere.
  std::string text_of_first(const std::string& mine);
  // Whether it is true on any rank.
  bool any(bool mine);
  // Returns when all ranks have come here.
  void wait_for_all() { any(false); }

  // An Error of kind user where `value` is not the same on all ranks: "rank 1 has another WHAT than
  // rank 0: VALUE, not VALUE; ADVICE".
  void require_same(const std::string& what, const std::string& value, const std::string& advice);

 private:
  void gather_bytes(std::span<std::byte> all, std::span<const std::int64_t> bounds,
                    std::size_t size, bool to_first);
};

// An Error of kind user where the GPUs of ranks are not alike: of one model, with one version of
// driver and libraries.
void require_same_gpu(Communicator& ranks);

// The communicator of a process that works by itself.
Communicator& single_process();

}  // namespace seqrl
