// Checks the promises of backbone.h on any backbone.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/backbones/backbone.h"

namespace seqrl {

// Makes a backbone; every call must return one with the same configuration.
using BackboneMaker = std::function<std::unique_ptr<Backbone>()>;

struct ConformanceOptions {
  std::vector<std::int64_t> lengths = {1, 2, 3, 20, 1000};  // of the sequences cut into chunks
  double tolerance64 = 1e-10, tolerance32 = 1e-5;  // |a − b| ≤ tolerance · max(1, |b|)
};

// The result of checking one promise.
struct Conformance {
  std::string name;       // "chunks, float64"
  double largest = 0;     // the largest deviation, relative if the tolerance is
  double tolerance = 0;   // the largest allowed deviation; 0: identical bits
  std::string violation;  // the first one, in one line; "" if there is none
};

// Checks, with parameters and inputs drawn at random:
//   chunks       a sequence cut at every token or at random, with its state carried over, gives the
//                same outputs as the whole sequence, in float64 and float32;
//   causality    no output depends on a later token;
//   batch        a sequence alone gives the same bits as in a batch, whole or stepped, also after
//                the state has dropped other sequences;
//   determinism  a second pass and a second instance give the same bits;
//   gradients    those of parameters and inputs agree with central differences, from the beginning
//                and from a state;
//   padding      values after a sequence's end in its row change neither its outputs nor the
//                gradients of a loss that excludes the padding;
//   empty        a batch without sequences and a chunk without tokens are legal.
std::vector<Conformance> measure_conformance(const BackboneMaker& make,
                                             const ConformanceOptions& options = {});

// The same, as one line for each violated claim; empty if there is none.
std::vector<std::string> check_conformance(const BackboneMaker& make,
                                           const ConformanceOptions& options = {});

}  // namespace seqrl
