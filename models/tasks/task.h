// Supervised sequence tasks: tokens in, answers out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "configs/base/random.h"

namespace seqrl {

// Where a task asks for answers.
enum class Answers {
  each_token,  // at any tokens: there is a target for each token, or kNoTarget
  last_token,  // one for the whole example, read at its last token
  mean_token,  // one for the whole example, read from the mean of its tokens
};

inline constexpr std::int32_t kNoTarget = -1;  // no answer is expected here

// The sizes of a task that a network depends on.
struct TaskShape {
  std::int64_t symbols;        // tokens are in [0, symbols)
  std::int64_t classes;        // answers are in [0, classes)
  std::int64_t documents = 1;  // sequences in an example; 2 are compared with each other
  Answers answers = Answers::each_token;
};

// Examples side by side, each sequence padded on its right. Row-major.
struct TaskBatch {
  TaskBatch(const TaskShape& shape, std::int64_t examples_, std::int64_t time_);

  std::int64_t examples, documents, time;
  std::vector<std::int32_t> tokens;   // [examples, documents, time], 0 in the padding
  std::vector<std::int32_t> lengths;  // [examples, documents]
  std::vector<std::int32_t> targets;  // [examples, time], kNoTarget in the padding, or [examples]
  std::vector<std::int32_t> buckets;  // [examples], the part that an evaluation reports it in

  // Targets that are not kNoTarget.
  std::int64_t answers() const;
};

// One row of a batch, being written from left to right.
class Example {
 public:
  Example(TaskBatch& batch, std::int64_t row);  // empties the row

  // Appends a token, and what is to be answered there.
  void add(std::int32_t token, std::int32_t target = kNoTarget);
  // What follows is the next document.
  void next_document();
  // The answer to the whole example.
  void answer(std::int32_t target);
  void set_bucket(std::int32_t bucket);

  std::int64_t length() const { return *length_; }  // of this document, so far

 private:
  TaskBatch& batch_;
  std::int64_t row_;
  std::int64_t document_ = 0;
  std::int32_t* tokens_;  // of this document
  std::int32_t* length_;
};

// The number that an evaluation is ranked by.
enum class TaskMetric {
  accuracy,  // of the answers; more is better
  loss,      // nats an answer; less is better
};

// Examples to train on and a fixed set to evaluate on, from random streams of their own. A training
// example is a function of (seed, step, row); the evaluation set is the same for
// every seed. Several threads may write different examples at once.
class Task {
 public:
  explicit Task(TaskShape shape) : shape_(shape) {}
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  const TaskShape& shape() const { return shape_; }
  virtual TaskMetric metric() const { return TaskMetric::accuracy; }

  // Tokens of the longest sequence.
  virtual std::int64_t training_length() const = 0;
  virtual std::int64_t evaluation_length() const = 0;

  virtual void write_training(std::uint64_t step, std::int64_t row, Example& example) const = 0;

  virtual std::int64_t evaluation_size() const = 0;
  virtual void write_evaluation(std::int64_t index, Example& example) const = 0;
  // Names of the parts that an evaluation is reported by, in the order of Example::set_bucket();
  // none where only the whole counts.
  virtual std::vector<std::string> buckets() const { return {}; }

  // Texts that a checkpoint keeps, by name, so that the network can be used without the task's
  // files.
  virtual std::map<std::string, std::string> texts() const { return {}; }

 private:
  TaskShape shape_;
};

// Fills rows first … last − 1 of the batch of a step; threads may fill different rows at once.
void fill_training(const Task& task, std::uint64_t step, std::int64_t first, std::int64_t last,
                   TaskBatch& batch);

// Fills the first rows with examples first … last − 1 of the evaluation set.
void fill_evaluation(const Task& task, std::int64_t first, std::int64_t last, TaskBatch& batch);

enum class Split { training, evaluation };

// A task whose examples are drawn anew for every step.
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

// A task with a finite set of training examples, drawn from it independently of each other.
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
