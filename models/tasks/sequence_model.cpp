#include "models/tasks/sequence_model.h"

#include "configs/base/error.h"
#include "models/ops/elementwise.h"
#include "models/ops/tokens.h"

namespace seqrl {
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

Tensor SequenceModel::answer(const TaskInputs& inputs) const {
  const Tensor all = read(inputs.tokens);
  if (shape_.answers == Answers::each_token) {
    if (inputs.rows.defined()) return head_(tokens_at(all, inputs.rows));
    return head_(all.reshaped({all.shape().rows(), all.shape().back()}));
  }
  const bool from_mean = shape_.answers == Answers::mean_token;
  Tensor summaries = from_mean ? mean_token(all, inputs.lengths) : tokens_at(all, inputs.rows);
  if (compare_) summaries = (*compare_)(compare_pairs(summaries));
  return head_(summaries);
}

}  // namespace seqrl
