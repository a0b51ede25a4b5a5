#include "models/tasks/sequence_model.h"

#include <algorithm>

#include "configs/base/error.h"
#include "models/ops/elementwise.h"
#include "models/ops/tokens.h"

namespace seqrl {
namespace {

// What a few examples of a batch look like on a tape, cut to the longest of them.
struct Sequences {
  Tensor tokens;   // (sequences, time)
  Tensor lengths;  // (sequences)
};

Sequences put(Tape& tape, const TaskBatch& batch, std::int64_t first, std::int64_t last) {
  const std::int64_t begin = first * batch.documents, count = (last - first) * batch.documents;
  const std::int32_t* lengths = batch.lengths.data() + begin;
  const std::int64_t time = *std::max_element(lengths, lengths + count);
  Sequences sequences{tape.constant({count, time}, DType::i32), tape.constant({count}, DType::i32)};
  std::copy_n(lengths, count, sequences.lengths.data<std::int32_t>());
  for (std::int64_t i = 0; i < count; ++i) {
    std::copy_n(batch.tokens.data() + (begin + i) * batch.time, time,
                sequences.tokens.data<std::int32_t>() + i * time);
  }
  return sequences;
}

Tensor put(Tape& tape, const std::int32_t* values, std::int64_t count) {
  const Tensor tensor = tape.constant({count}, DType::i32);
  std::copy_n(values, count, tensor.data<std::int32_t>());
  return tensor;
}

}  // namespace

SequenceModel::SequenceModel(const TaskShape& shape, const BackboneSection& backbone)
    : Module(nullptr, ""),
      shape_(shape),
      dropout_(backbone.shared().dropout),
      backbone_(make_backbone(this, backbone)),
      embed_(this, "embed", {shape.symbols, backbone_->dim()}, init::normal(1), Decay::no),
      compare_(shape.documents == 2
                   ? std::make_unique<Linear>(this, "compare", 4 * backbone_->dim(),
                                              backbone_->dim(), Activation::gelu)
                   : nullptr),
      head_(this, "head", backbone_->dim(), shape.classes) {
  SEQRL_CHECK(shape.documents == 1 ||
              (shape.documents == 2 && shape.answers != Answers::each_token));
}

Tensor SequenceModel::read(const Tensor& tokens, State* state) const {
  return backbone_->forward(dropout(embedding(embed_, tokens), dropout_), state);
}

SequenceModel::Answered SequenceModel::answer(Tape& tape, const TaskBatch& batch,
                                              std::int64_t first, std::int64_t last) const {
  SEQRL_CHECK(0 <= first && first < last && last <= batch.examples);
  const Sequences sequences = put(tape, batch, first, last);
  const std::int64_t count = sequences.tokens.dim(0), time = sequences.tokens.dim(1);
  const std::int32_t* lengths = sequences.lengths.data<std::int32_t>();
  const Tensor all = read(sequences.tokens);

  if (shape_.answers == Answers::each_token) {
    const Tensor rows = tape.constant({count * time}, DType::i32);
    const Tensor targets = tape.constant({count * time}, DType::i32);
    std::int64_t asked = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t t = 0; t < lengths[i]; ++t) {
        const auto place = static_cast<std::size_t>((first + i) * batch.time + t);
        if (batch.targets[place] == kNoTarget) continue;
        rows.data<std::int32_t>()[asked] = static_cast<std::int32_t>(i * time + t);
        targets.data<std::int32_t>()[asked++] = batch.targets[place];
      }
    }
    const auto part = [&](const Tensor& tensor) {
      return Tensor(tensor.raw(), {asked}, DType::i32);
    };
    return {head_(tokens_at(all, part(rows))), part(targets)};
  }

  Tensor summaries;
  if (shape_.answers == Answers::mean_token) {
    summaries = mean_token(all, sequences.lengths);
  } else {
    const Tensor rows = tape.constant({count}, DType::i32);
    for (std::int64_t i = 0; i < count; ++i) {
      rows.data<std::int32_t>()[i] = static_cast<std::int32_t>(i * time + lengths[i] - 1);
    }
    summaries = tokens_at(all, rows);
  }
  if (compare_) summaries = (*compare_)(compare_pairs(summaries));
  return {head_(summaries), put(tape, batch.targets.data() + first, last - first)};
}

}  // namespace seqrl
