#include "models/core/captured_graph.h"

#include <string>

#include "configs/base/error.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// A device that only records the requests it receives.
class Recorder : public DeviceRuntime {
 public:
  std::string log;

  std::unique_ptr<DeviceGraph> capture(const std::function<void()>& work) override {
    struct Graph : DeviceGraph {
      explicit Graph(std::string& to) : log(to) {}
      void replay() override { log += " replay"; }
      std::size_t size() const override { return 3; }
      std::string& log;
    };
    log += " capture";
    work();
    return std::make_unique<Graph>(log);
  }

  void* allocate(std::size_t) override { not_asked(); }
  void release(void*) noexcept override {}
  void zero(void*, std::size_t) override { not_asked(); }
  void fill(float*, float, std::size_t) override { not_asked(); }
  void fill(double*, double, std::size_t) override { not_asked(); }
  void copy(void*, const void*, std::size_t) override { not_asked(); }
  void write(void*, const void*, std::size_t) override { not_asked(); }
  void read(void*, const void*, std::size_t) override { not_asked(); }
  void* allocate_host(std::size_t) override { not_asked(); }
  void release_host(void*) noexcept override {}
  void queue_write(void*, const void*, std::size_t) override { not_asked(); }
  void queue_read(void*, const void*, std::size_t) override { not_asked(); }
  std::unique_ptr<DeviceEvent> make_event() override { not_asked(); }
  void overlap(const std::function<void()>&, const std::function<void()>&) override { not_asked(); }
  std::size_t allocated() const override { not_asked(); }
  std::string description() const override { not_asked(); }
  std::string identity() const override { not_asked(); }

 private:
  [[noreturn]] static void not_asked() { fail("a captured graph makes no other requests"); }
};

}  // namespace

TEST_CASE("repeating passes are captured at the third pass and then replayed") {
  Recorder runtime;
  CapturedGraph graph;
  const auto pass = [&] { runtime.log += " pass"; };
  for (int i = 0; i < 2; ++i) graph.run(runtime, true, pass);
  CHECK(runtime.log == " pass pass");
  CHECK(graph.size() == 0);
  for (int i = 0; i < 2; ++i) graph.run(runtime, true, pass);
  CHECK(runtime.log == " pass pass capture pass replay replay");
  CHECK(graph.size() == 3);
}

TEST_CASE("passes that do not repeat are neither captured nor counted") {
  Recorder runtime;
  CapturedGraph graph;
  const auto pass = [&] { runtime.log += " pass"; };
  for (int i = 0; i < 3; ++i) graph.run(runtime, false, pass);
  for (int i = 0; i < 2; ++i) graph.run(runtime, true, pass);
  CHECK(runtime.log == " pass pass pass pass pass");
  graph.run(runtime, true, pass);
  CHECK(runtime.log == " pass pass pass pass pass capture pass replay");
}
