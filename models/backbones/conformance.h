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

// What was found of one promise.
struct Conformance {
  std::string name;       // "chunks, float64"
  double largest = 0;     // deviation, relative where the tolerance is
  double tolerance = 0;   // up to which the promise is kept; 0: the same bits
  std::string violation;  // the first, in a line; "" where there is none
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
//   padding      what follows a sequence's end in its row changes neither its outputs nor the
//                gradients of a loss that leaves the padding out;
//   empty        a batch of no sequences and a chunk of no tokens are legal.
std::vector<Conformance> measure_conformance(const BackboneMaker& make,
                                             const ConformanceOptions& options = {});

// The same as a line for each violated claim; nothing where the backbone keeps them all.
std::vector<std::string> check_conformance(const BackboneMaker& make,
                                           const ConformanceOptions& options = {});

}  // namespace seqrl
