#include "agents/evaluation/group_queue.h"

#include <set>
#include <thread>

#include "tests/agents/small_agent.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// Groups of two hopper episodes each.
class Groups {
 public:
  explicit Groups(std::size_t count)
      : results_(2 * count), queue_(count, [this](std::size_t i) { return begin(i); }) {}

  GroupQueue& queue() { return queue_; }
  const std::vector<EpisodeResult>& results() const { return results_; }
  const std::set<std::size_t>& begun() const { return begun_; }

  // Plays the queue's groups, as an evaluation's thread does.
  void play() {
    while (auto group = queue_.take()) {
      while (group->size() > 0) {
        queue_.share(*group);
        group->step();
      }
      queue_.finish();
    }
  }

 private:
  EpisodeGroup begin(std::size_t i) {
    {
      const std::lock_guard lock(mutex_);
      begun_.insert(i);
    }
    const std::span results = std::span(results_).subspan(2 * i, 2);
    for (std::size_t k = 0; k < 2; ++k) results[k] = {.target = 100, .seed = 2 * i + k};
    return EpisodeGroup(EnvSection("hopper"),
                        small_.agent->make_policy(ActMode::stream, *small_.weights), results);
  }

  SmallAgent small_{"hopper"};
  std::vector<EpisodeResult> results_;
  std::mutex mutex_;
  std::set<std::size_t> begun_;
  GroupQueue queue_;
};

}  // namespace

TEST_CASE("a queue hands out each group once and nothing after all are played") {
  Groups groups(3);
  groups.play();
  CHECK(groups.begun() == std::set<std::size_t>{0, 1, 2});
  for (const EpisodeResult& result : groups.results()) CHECK(result.length > 0);
  CHECK(!groups.queue().take());
}

TEST_CASE("groups shared by four threads give the same results as one thread") {
  Groups alone(2), shared(2);
  alone.play();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { shared.play(); });
  threads.clear();  // joins
  for (std::size_t i = 0; i < alone.results().size(); ++i) {
    CHECK(shared.results()[i].total == alone.results()[i].total);
    CHECK(shared.results()[i].length == alone.results()[i].length);
  }
}

TEST_CASE("a waiting thread gets half of a group and is released by a stop") {
  Groups groups(1);
  auto group = groups.queue().take();
  REQUIRE(group);
  std::optional<std::size_t> given;
  std::jthread waiting([&] {
    if (const auto half = groups.queue().take()) given = half->size();
  });
  while (group->size() == 2) groups.queue().share(*group);  // until the other thread waits
  waiting.join();
  CHECK(given == 1);
  CHECK(group->size() == 1);

  std::jthread stopped([&] { groups.queue().take(); });  // two groups are in play
  groups.queue().stop();
  stopped.join();
  CHECK(groups.queue().stopped());
  CHECK(!groups.queue().take());
}
