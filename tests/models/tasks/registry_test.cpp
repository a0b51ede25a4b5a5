#include "models/tasks/registry.h"

#include "configs/schema/config.h"
#include "models/tasks/formal_languages.h"
#include "models/tasks/list_ops.h"
#include "tests/catch.h"
#include "tests/models/tasks/written.h"

using namespace seqrl;

namespace {

struct Config {
  TaskSection task;
  Config() { register_builtin_tasks(); }
  void fields(Fields& field) { field("task", task, "the task"); }
};

Config read(const std::string& text) {
  return read_config_text<Config>(text, "x.yaml");
}

}  // namespace

TEST_CASE("every task without a data file is created by name, and its examples fit its shape") {
  register_builtin_tasks();
  CHECK(kind_table<TaskConfig>().names().size() >= 11);
  for (const std::string& kind : kind_table<TaskConfig>().names()) {
    if (kind == "retrieval" || kind == "gray_image" || kind == "characters") continue;
    INFO(kind);
    const auto task = make_task(read("task: " + kind).task, 1);
    const TaskShape shape = task->shape();
    for (const Written& example : training_examples(*task, 4)) {
      CHECK(!example.answers().empty());
      for (const std::int32_t token : example.tokens())
        CHECK((token >= 0 && token < shape.symbols));
      for (const std::int32_t answer : example.answers()) CHECK(answer < shape.classes);
    }
  }
}

TEST_CASE("a task's options are read, and rejected if out of range") {
  const Config config = read("task: {kind: bucket_sort, symbols: 9, longest: 20}");
  CHECK(config.task.as<BucketSortConfig>().symbols == 9);
  CHECK(make_task(config.task, 1)->training_length() == 40);
  CHECK_THROWS_WITH(read("task: {kind: bucket_sort, longest: 2}"),
                    Catch::Contains("task.longest") && Catch::Contains("not be below shortest"));
  CHECK_THROWS_WITH(read("task: {kind: selective_copy, symbols: 2}"),
                    Catch::Contains("task.symbols"));
  CHECK_THROWS_WITH(read("task: {kind: characters}"), Catch::Contains("task.data"));
  CHECK_THROWS_WITH(read("task: {kind: list_ops, min_length: 600, max_length: 601}"),
                    Catch::Contains("task.max_length"));
  CHECK_THROWS_WITH(read("task: listops"), Catch::Contains("list_ops"));
}

TEST_CASE("a task's name can be registered only once") {
  register_builtin_tasks();
  const TaskBuilder nothing = [](const TaskSection&, std::uint64_t) {
    return std::unique_ptr<Task>();
  };
  CHECK_THROWS_WITH(register_task_factory("bucket_sort", nothing),
                    "a task named 'bucket_sort' is already registered");
  CHECK(make_task(read("task: bucket_sort").task, 1) != nullptr);
  CHECK_THROWS_WITH(register_task_factory("", nothing), Catch::Contains("needs a name"));
  CHECK_THROWS_WITH(register_task_factory("task_without_factory", nullptr),
                    Catch::Contains("and a factory"));
}
