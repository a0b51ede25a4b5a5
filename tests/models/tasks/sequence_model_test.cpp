#include "models/tasks/sequence_model.h"

#include <cmath>

#include "models/nn/parameter_block.h"
#include "models/ops/loss.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

BackboneSection tiny(const std::string& kind = "min_gru") {
  register_builtin_backbones();
  BackboneSection section(kind);
  section.shared().dim = 6;
  section.shared().layers = 1;
  return section;
}

// Two examples, of lengths 5 and 3 (and 2 and 4 in a second document).
TaskBatch two_examples(const TaskShape& shape) {
  TaskBatch batch(shape, 2, 7);
  for (std::int64_t row = 0; row < 2; ++row) {
    Example example(batch, row);
    const bool each = shape.answers == Answers::each_token;
    for (std::int32_t t = 0; t < (row == 0 ? 5 : 3); ++t) {
      example.add((t + static_cast<std::int32_t>(row)) % 4, each && t % 2 == 0 ? t % 3 : kNoTarget);
    }
    if (shape.documents == 2) {
      example.next_document();
      for (std::int32_t t = 0; t < (row == 0 ? 2 : 4); ++t) example.add(3 - t % 4);
    }
    if (!each) example.answer(static_cast<std::int32_t>(row) + 1);
  }
  return batch;
}

const TaskShape kShapes[] = {
    {.symbols = 4, .classes = 3},
    {.symbols = 4, .classes = 3, .answers = Answers::last_token},
    {.symbols = 4, .classes = 3, .answers = Answers::mean_token},
    {.symbols = 4, .classes = 3, .documents = 2, .answers = Answers::last_token},
    {.symbols = 4, .classes = 3, .documents = 2, .answers = Answers::mean_token},
};

}  // namespace

TEST_CASE("gradients of a task's loss agree with finite differences for every kind of answer") {
  for (const TaskShape& shape : kShapes) {
    SequenceModel model(shape, tiny());
    ParameterBlock block(model, DType::f64, 1);
    const TaskBatch batch = two_examples(shape);
    const auto loss = [&](Tape& tape) {
      const TaskInputs inputs = task_inputs(tape, model.shape(), batch, 0, 2);
      const Tensor scores = model.answer(inputs), targets = inputs.targets;
      return cross_entropy(scores, targets, 2);
    };
    Tape tape;
    const Storage buffer = block.make_buffer();
    const Tensor gradient(buffer.data(), block.flat().shape(), DType::f64);
    tape.begin({.record = true});
    tape.set_parameter_gradients(gradient);
    tape.backward(loss(tape));
    double* values = block.flat().data<double>();
    for (const auto& entry : block.entries()) {
      INFO(entry.name);
      for (std::int64_t i = entry.offset; i < entry.offset + entry.parameter->shape().size(); ++i) {
        const double value = values[i];
        double difference = 0;
        for (const double sign : {1.0, -1.0}) {
          values[i] = value + sign * 1e-6;
          tape.begin({});
          difference += sign * loss(tape).data<double>()[0] / 2e-6;
        }
        values[i] = value;
        CHECK(gradient.data<double>()[i] == Approx(difference).epsilon(1e-3).margin(1e-6));
      }
    }
  }
}

TEST_CASE("an answer does not depend on other examples or padding, bit for bit") {
  for (const TaskShape& shape : kShapes) {
    for (const char* kind : {"min_gru", "transformer"}) {
      SequenceModel model(shape, tiny(kind));
      const ParameterBlock block(model, DType::f32, 1);
      TaskBatch batch = two_examples(shape);
      Tape tape;
      tape.begin({});
      const TaskInputs inputs = task_inputs(tape, model.shape(), batch, 0, 2);
      const Tensor scores = model.answer(inputs);
      const std::vector<float> both(scores.data<float>(), scores.data<float>() + scores.size());
      const std::int64_t first = shape.answers == Answers::each_token ? 3 : 1;
      for (std::size_t i = 0; i < batch.tokens.size(); ++i) {
        const auto place = static_cast<std::int32_t>(i) % 7;
        if (place >= batch.lengths[i / 7]) batch.tokens[i] = 3;
      }
      tape.begin({});
      const TaskInputs alone_inputs = task_inputs(tape, model.shape(), batch, 1, 2);
      const Tensor alone = model.answer(alone_inputs);
      CHECK(alone.dim(0) == scores.dim(0) - first);
      for (std::int64_t i = 0; i < alone.size(); ++i) {
        CHECK(alone.data<float>()[i] == both[static_cast<std::size_t>(first * 3 + i)]);
      }
    }
  }
}
