#include "models/tasks/registry.h"

#include <utility>

#include "configs/base/error.h"
#include "configs/schema/registry.h"
#include "models/tasks/characters.h"
#include "models/tasks/formal_languages.h"
#include "models/tasks/gray_image.h"
#include "models/tasks/list_ops.h"
#include "models/tasks/retrieval.h"
#include "models/tasks/selective_copy.h"

namespace seqrl {
namespace {

Registry<TaskBuilder>& factories() {
  static Registry<TaskBuilder> all("a task");
  return all;
}

}  // namespace

void register_task_factory(const std::string& kind, TaskBuilder factory) {
  factories().add(kind, std::move(factory));
}

void register_builtin_tasks() {
  static const bool once = [] {
    register_task<SelectiveCopy, SelectiveCopyConfig>(
        "selective_copy", "repeat the data among the noise (arXiv 2312.00752)");
    register_task<BucketSort, BucketSortConfig>("bucket_sort", "sort a string (arXiv 2207.02098)");
    register_task<MissingDuplicate, MissingDuplicateConfig>(
        "missing_duplicate", "find the hidden symbol of a repeated string (arXiv 2207.02098)");
    register_task<CycleNavigation, CycleNavigationConfig>(
        "cycle_navigation", "the final position of a walk on a cycle (arXiv 2207.02098)");
    register_task<EvenPairs, FormalLanguageConfig>(
        "even_pairs", "is the number of 01 and 10 even? (arXiv 2207.02098)");
    register_task<Majority, MajorityConfig>("majority",
                                            "the most common symbol (arXiv 2405.04517)");
    register_task<MajorityCount, MajorityConfig>(
        "majority_count", "the count of the most common symbol (arXiv 2405.04517)");
    register_task_factory("list_ops", [](const TaskSection& section, std::uint64_t seed) {
      return make_list_ops(section.as<ListOpsConfig>(), seed);
    });
    register_kind<TaskConfig, ListOpsConfig>("list_ops",
                                             "value of nested list operations (arXiv 2011.04006)");
    register_task<Retrieval, RetrievalConfig>("retrieval",
                                              "does one paper cite the other? (arXiv 2011.04006)");
    register_task<GrayImage, GrayImageConfig>(
        "gray_image", "classify CIFAR-10 by gray pixels (arXiv 2011.04006)");
    register_task<Characters, CharactersConfig>("characters",
                                                "the next character of a text (nanoGPT)");
    return true;
  }();
  static_cast<void>(once);
}

std::unique_ptr<Task> make_task(const TaskSection& section, std::uint64_t seed) {
  const TaskBuilder factory = factories().find(section.kind());
  SEQRL_CHECK(factory);
  return factory(section, seed);
}

}  // namespace seqrl
