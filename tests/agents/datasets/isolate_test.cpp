#include "agents/datasets/isolate.h"

#include <unistd.h>

#include <csignal>
#include <thread>

#include "tests/agents/datasets/small_d4rl.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

using Work = std::function<nlohmann::json(SharedMemory&)>;

std::string message_of(const Work& work, const IsolationLimits& limits = {}) {
  SharedMemory memory;
  return rejection([&] { run_isolated("a.hdf5", limits, memory, work); });
}

}  // namespace

TEST_CASE("arrays made in the child process arrive in the parent") {
  SharedMemory memory;
  const pid_t parent = ::getpid();
  const nlohmann::json result = run_isolated("a.hdf5", {}, memory, [&](SharedMemory& target) {
    const auto numbers = target.allocate<float>(5000);
    for (std::size_t i = 0; i < 5000; ++i) numbers.values[i] = static_cast<float>(i);
    const auto flags = target.allocate<std::uint8_t>(3);
    flags.values[2] = 1;
    return nlohmann::json{{"numbers", numbers.place},
                          {"flags", flags.place},
                          {"elsewhere", ::getpid() != parent},
                          {"none", target.allocate<float>(0).place}};
  });
  CHECK(result["elsewhere"].get<bool>());
  const auto numbers = memory.take<float>(result["numbers"]);
  auto flags = memory.take<std::uint8_t>(result["flags"]);
  CHECK(numbers.size() == 5000);
  CHECK(numbers.values()[4999] == 4999);
  CHECK(std::vector<std::uint8_t>(flags.values().begin(), flags.values().end()) ==
        std::vector<std::uint8_t>{0, 0, 1});
  CHECK(memory.take<float>(result["none"]).empty());
  flags = {};  // giving one array back leaves the others
  CHECK(numbers.values()[1] == 1);
}

TEST_CASE("an error in the child is rethrown in the parent with its kind") {
  CHECK(message_of([](SharedMemory&) -> nlohmann::json { reject("no array 'actions'"); }) ==
        "no array 'actions'");
  SharedMemory memory;
  try {
    run_isolated("a.hdf5", {}, memory, [](SharedMemory&) -> nlohmann::json { fail("disk"); });
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::failure);
  }
  CHECK_THROWS_WITH(
      run_isolated("a.hdf5", {}, memory,
                   [](SharedMemory&) -> nlohmann::json { throw std::runtime_error("unforeseen"); }),
      "unforeseen");
}

TEST_CASE("a child that crashes, exits, exhausts memory or hangs gives an error about the file") {
  const auto crash = [](int signal) {
    return [signal](SharedMemory&) -> nlohmann::json {
      std::raise(signal);
      return {};
    };
  };
  CHECK_THAT(message_of(crash(SIGABRT)),
             ContainsSubstring("a.hdf5: the file is damaged and libhdf5"));
  CHECK_THAT(message_of([](SharedMemory&) -> nlohmann::json { ::_exit(3); }),
             ContainsSubstring("without an answer"));
  CHECK_THAT(message_of([](SharedMemory&) -> nlohmann::json { throw std::bad_alloc(); }),
             ContainsSubstring("asks for more than"));
  CHECK_THAT(message_of(crash(SIGKILL)), ContainsSubstring("was stopped"));
  IsolationLimits limits;
  limits.seconds = 0.05;
  CHECK_THAT(message_of(
                 [](SharedMemory&) -> nlohmann::json {
                   while (true) ::pause();
                 },
                 limits),
             ContainsSubstring("not finished after"));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("memory and processor time of the child are limited") {
  IsolationLimits limits;
  limits.memory = 100 << 20;
  CHECK_THAT(message_of(
                 [](SharedMemory& memory) -> nlohmann::json {
                   memory.allocate<double>(std::uint64_t{1} << 30);
                   return {};
                 },
                 limits),
             ContainsSubstring("asks for more than the 100 MB"));
  limits.processor_seconds = 1;
  CHECK_THAT(message_of(
                 [](SharedMemory&) -> nlohmann::json {
                   for (volatile int i = 0; true;) i = i + 1;
                 },
                 limits),
             ContainsSubstring("after 1 s of processor time"));
}
#endif

TEST_CASE("places outside the shared memory are rejected") {
  SharedMemory memory;
  memory.allocate<float>(10);
  CHECK_THROWS_AS(memory.take<float>({{"offset", 1 << 20}, {"size", 1}}), Error);
  CHECK_THROWS_AS(memory.take<float>({{"offset", 0}, {"size", std::uint64_t{1} << 62}}), Error);
}

TEST_CASE("several threads can each run their own child") {
  std::vector<std::thread> threads;
  std::atomic<int> sum{0};
  for (int i = 1; i <= 4; ++i) {
    threads.emplace_back([i, &sum] {
      SharedMemory memory;
      sum += run_isolated("a.hdf5", {}, memory, [i](SharedMemory&) {
               return nlohmann::json(i);
             }).get<int>();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(sum == 10);
}
