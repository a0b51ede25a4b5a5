#include "models/training/communicator.h"

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "models/core/device.h"

namespace seqrl {
namespace {

class SingleProcess : public Communicator {
 public:
  int rank() const override { return 0; }
  int ranks() const override { return 1; }
  void exchange(std::span<const Message> sends, std::span<const Message> receives) override {
    SEQRL_CHECK(sends.empty() && receives.empty());
  }
};

}  // namespace

std::vector<std::int64_t> parts_of_ranks(std::int64_t count, int ranks) {
  std::vector<std::int64_t> bounds;
  for (std::int64_t rank = 0; rank <= ranks; ++rank) bounds.push_back(count * rank / ranks);
  return bounds;
}

void Communicator::gather_bytes(std::span<std::byte> all, std::span<const std::int64_t> bounds,
                                std::size_t size, bool to_first) {
  if (is_alone()) return;
  SEQRL_CHECK(std::ssize(bounds) == ranks() + 1);
  const auto part = [&](int of) {
    const auto begin = static_cast<std::size_t>(bounds[static_cast<std::size_t>(of)]),
               end = static_cast<std::size_t>(bounds[static_cast<std::size_t>(of) + 1]);
    return all.subspan(begin * size, (end - begin) * size);
  };
  std::vector<Message> sends, receives;
  // Each rank begins with a different peer, so that not all send to the same rank first.
  for (int i = 1; i < ranks(); ++i) {
    const int to = (rank() + i) % ranks(), from = (rank() + ranks() - i) % ranks();
    if (!to_first || to == 0) sends.push_back({to, part(rank())});
    if (!to_first || is_first()) receives.push_back({from, part(from)});
  }
  exchange(sends, receives);
}

std::vector<std::string> Communicator::all_texts(const std::string& mine) {
  const auto count = static_cast<std::size_t>(ranks());
  std::vector<std::uint64_t> sizes(count);
  sizes[static_cast<std::size_t>(rank())] = mine.size();
  all_gather(std::span(sizes), parts_of_ranks(ranks(), ranks()));
  std::vector<std::int64_t> bounds = {0};
  for (const std::uint64_t size : sizes) {
    bounds.push_back(bounds.back() + static_cast<std::int64_t>(size));
  }
  std::string all(static_cast<std::size_t>(bounds.back()), '\0');
  const auto begin = [&](std::size_t of) { return static_cast<std::size_t>(bounds[of]); };
  mine.copy(all.data() + begin(static_cast<std::size_t>(rank())), mine.size());
  all_gather(std::span(all), bounds);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) texts.push_back(all.substr(begin(i), sizes[i]));
  return texts;
}

std::string Communicator::text_of_first(const std::string& mine) {
  return all_texts(is_first() ? mine : "").front();
}

bool Communicator::any(bool mine) {
  std::vector<std::uint8_t> flags(static_cast<std::size_t>(ranks()));
  flags[static_cast<std::size_t>(rank())] = mine;
  all_gather(std::span(flags), parts_of_ranks(ranks(), ranks()));
  return std::ranges::count(flags, 1) > 0;
}

void Communicator::require_same(const std::string& what, const std::string& value,
                                const std::string& advice) {
  const std::vector<std::string> values = all_texts(value);
  for (std::size_t i = 1; i < values.size(); ++i) {
    SEQRL_REQUIRE(values[i] == values[0], "rank {} has a different {} than rank 0: {}, not {}; {}",
                  i, what, one_line(values[i]), one_line(values[0]), advice);
  }
}

void require_same_gpu(Communicator& ranks) {
  if (ranks.is_alone()) return;
  ranks.require_same("GPU", runtime_of(Device::cuda).description(),
                     "results would depend on it; use identical machines, or device=cpu");
}

Communicator& single_process() {
  static SingleProcess process;
  return process;
}

}  // namespace seqrl
