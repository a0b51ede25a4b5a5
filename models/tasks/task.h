// Supervised sequence tasks, from tokens to answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "configs/base/random.h"

namespace seqrl {

// Where a task asks for answers.
enum class Answers {
  each_token,  // at any token: each token has a target or kNoTarget
  last_token,  // one for the whole example, read from its last token
  mean_token,  // one for the whole example, read from the mean of its tokens
};

inline constexpr std::int32_t kNoTarget = -1;  // no answer is expected

// The sizes of a task that a network depends on.
struct TaskShape {
  std::int64_t symbols;        // tokens are in [0, symbols)
  std::int64_t classes;        // answers are in [0, classes)
  std::int64_t documents = 1;  // sequences per example; 2 are compared with each other
  Answers answers = Answers::each_token;
};

// A batch of examples, each sequence padded on its right. Row-major.
struct TaskBatch {
  TaskBatch(const TaskShape& shape, std::int64_t examples_, std::int64_t time_);

  std::int64_t examples, documents, time;
  std::vector<std::int32_t> tokens;   // [examples, documents, time], 0 in the padding
  std::vector<std::int32_t> lengths;  // [examples, documents]
  std::vector<std::int32_t> targets;  // [examples, time], kNoTarget in the padding, or [examples]
  std::vector<std::int32_t> buckets;  // [examples], the bucket for reports of an evaluation

  // The number of targets that are not kNoTarget.
  std::int64_t answers() const;
};

// Writes one row of a batch from left to right.
class Example {
 public:
  Example(TaskBatch& batch, std::int64_t row);  // empties the row

  // Appends a token and the answer expected there.
  void add(std::int32_t token, std::int32_t target = kNoTarget);
  // Begins the next document.
  void next_document();
  // Sets the answer for the whole example.
  void answer(std::int32_t target);
  void set_bucket(std::int32_t bucket);

  std::int64_t length() const { return *length_; }  // tokens of this document so far

 private:
  TaskBatch& batch_;
  std::int64_t row_;
  std::int64_t document_ = 0;
  std::int32_t* tokens_;  // of this document
  std::int32_t* length_;
};

// The number by which evaluations are ranked.
enum class TaskMetric {
  accuracy,  // of the answers; more is better
  loss,      // nats per answer; less is better
};

// Training examples and a fixed evaluation set, from separate random streams. A training example is
// a function of (seed, step, row); the evaluation set is the same for every seed. Several threads
// may write different examples at once.
class Task {
 public:
  explicit Task(TaskShape shape) : shape_(shape) {}
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  const TaskShape& shape() const { return shape_; }
  virtual TaskMetric metric() const { return TaskMetric::accuracy; }

  // The number of tokens of the longest sequence.
  virtual std::int64_t training_length() const = 0;
  virtual std::int64_t evaluation_length() const = 0;

  virtual void write_training(std::uint64_t step, std::int64_t row, Example& example) const = 0;

  virtual std::int64_t evaluation_size() const = 0;
  virtual void write_evaluation(std::int64_t index, Example& example) const = 0;
  // The names of the buckets in which an evaluation is reported, in the order of
  // Example::set_bucket(); none if only the total is reported.
  virtual std::vector<std::string> buckets() const { return {}; }

  // Texts by name that a checkpoint keeps, so that the network can be used without the task's
  // files.
  virtual std::map<std::string, std::string> texts() const { return {}; }

 private:
  TaskShape shape_;
};

// Fills rows first … last − 1 of a step's batch; threads may fill different rows at once.
void fill_training(const Task& task, std::uint64_t step, std::int64_t first, std::int64_t last,
                   TaskBatch& batch);

// Fills the first rows with examples first … last − 1 of the evaluation set.
void fill_evaluation(const Task& task, std::int64_t first, std::int64_t last, TaskBatch& batch);

enum class Split { training, evaluation };

// A task that generates new examples for every step.
class GeneratedTask : public Task {
 public:
  GeneratedTask(TaskShape shape, std::uint64_t seed, std::int64_t evaluation_size)
      : Task(shape), seed_(seed), evaluation_size_(evaluation_size) {}

  void write_training(std::uint64_t step, std::int64_t row, Example& example) const final;
  std::int64_t evaluation_size() const final { return evaluation_size_; }
  void write_evaluation(std::int64_t index, Example& example) const final;

 protected:
  virtual void generate(Random& random, Split split, Example& example) const = 0;

 private:
  std::uint64_t seed_;
  std::int64_t evaluation_size_;
};

// The content of one of a task's data files. A file that cannot be read is an Error that names
// `task.data`.
std::string read_task_data(const std::filesystem::path& path, std::size_t max_bytes = 1u << 30);

// A task with a finite set of training examples. Examples are drawn from it independently.
class FiniteTask : public Task {
 public:
  FiniteTask(TaskShape shape, std::uint64_t seed) : Task(shape), seed_(seed) {}

  void write_training(std::uint64_t step, std::int64_t row, Example& example) const final;
  std::int64_t evaluation_size() const final { return size(Split::evaluation); }
  void write_evaluation(std::int64_t index, Example& example) const final;

  virtual std::int64_t size(Split split) const = 0;

 protected:
  virtual void write(Split split, std::int64_t index, Example& example) const = 0;

 private:
  std::uint64_t seed_;
};

}  // namespace seqrl
