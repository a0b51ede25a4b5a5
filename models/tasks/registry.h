// The registry of tasks, by name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "configs/schema/kinds.h"
#include "models/tasks/config.h"
#include "models/tasks/task.h"

namespace seqrl {

using TaskSection = KindSection<TaskConfig>;
using TaskBuilder =
    std::function<std::unique_ptr<Task>(const TaskSection& section, std::uint64_t seed)>;

// Registers the factory of a task; call it before registering its kind. A name that is taken is an
// Error of kind user.
void register_task_factory(const std::string& kind, TaskBuilder factory);

// Registers class T, with constructor (const Options&, std::uint64_t seed), as `task: kind` in
// configs.
template <typename T, typename Options>
void register_task(const std::string& kind, const std::string& help) {
  register_task_factory(kind, [](const TaskSection& section, std::uint64_t seed) {
    return std::make_unique<T>(section.as<Options>(), seed);
  });
  register_kind<TaskConfig, Options>(kind, help);
}

// selective_copy, bucket_sort, missing_duplicate, cycle_navigation, even_pairs, majority,
// majority_count, list_ops, retrieval, gray_image, characters. Calling it again is harmless.
void register_builtin_tasks();

// Makes the task that a section describes. Reads its files, if any.
std::unique_ptr<Task> make_task(const TaskSection& section, std::uint64_t seed);

}  // namespace seqrl
