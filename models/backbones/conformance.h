// The promises of backbone.h, checked on any backbone.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/backbones/backbone.h"

namespace seqrl {

// Makes a backbone; every call must give one of the same configuration.
using BackboneMaker = std::function<std::unique_ptr<Backbone>()>;

struct ConformanceOptions {
  std::vector<std::int64_t> lengths = {1, 2, 3, 20, 1000};  // of the sequences cut into chunks
  double tolerance64 = 1e-10, tolerance32 = 1e-5;  // |a − b| ≤ tolerance · max(1, |b|)
};

// Checks, with parameters and inputs drawn at random:
//   chunks       cut at every token or at random, and its state carried over, a sequence gives the
//                outputs of the whole, in float64 and float32;
//   causality    no output depends on a later token;
//   batch        a sequence alone gives the same bits as within a batch, whole or stepped, also
//                after the state dropped other sequences;
//   determinism  a second pass, and a second instance, give the same bits;
//   gradients    of parameters and inputs agree with central differences, from the beginning and
//                from a state;
//   empty        a batch of no sequences and a chunk of no tokens are legal.
// Returns a line for each violated claim; nothing where the backbone keeps them all.
std::vector<std::string> check_conformance(const BackboneMaker& make,
                                           const ConformanceOptions& options = {});

}  // namespace seqrl
