// A network for any task: embedding, backbone, head.
#pragma once

#include <memory>

#include "models/backbones/registry.h"
#include "models/nn/layers.h"
#include "models/tasks/inputs.h"

namespace seqrl {

// Token embeddings, a backbone (which ends in a norm), and a linear layer to the classes. Two
// documents go through the same backbone and are then compared by a small network.
//
// Embeddings are initialised from N(0, 1), PyTorch's default. With GPT-2's N(0, 0.02²), a minGRU
// took half as many steps again to learn selective copying (length 64, one seed).
class SequenceModel : public Module {
 public:
  SequenceModel(const TaskShape& shape, const BackboneSection& backbone);

  const TaskShape& shape() const { return shape_; }
  const Backbone& backbone() const { return *backbone_; }

  // The backbone's outputs for tokens (batch, time) int32 → (batch, time, dim). A state is used as
  // in Backbone::forward.
  Tensor read(const Tensor& tokens, State* state = nullptr) const;

  // Scores of the classes, from read() or parts of it: (..., dim) → (..., classes).
  Tensor score(const Tensor& read) const { return head_(read); }

  // Scores of the classes for every answer that the inputs request: (answers, classes).
  Tensor answer(const TaskInputs& inputs) const;

 private:
  TaskShape shape_;
  double dropout_;
  std::unique_ptr<Backbone> backbone_;
  Parameter embed_;                  // (symbols, dim)
  std::unique_ptr<Linear> compare_;  // for two documents
  Linear head_;
};

}  // namespace seqrl
