// The options that all backbones share.
#pragma once

#include <cstdint>
#include <optional>

#include "configs/schema/fields.h"

namespace seqrl {

struct BackboneConfig {
  std::int64_t dim = 128;
  std::int64_t layers = 3;
  std::optional<std::int64_t> match_parameters;
  double dropout = 0.1;  // not a key of the backbone; a run's `training.dropout` sets it

  void fields(Fields& field) {
    field("dim", dim, "size of a token", in_range(1, 1 << 16));
    field("layers", layers, "number of blocks", in_range(1, 1024));
    field("match_parameters", match_parameters,
          "choose dim, a multiple of 16, so that the backbone has about this many parameters",
          at_least(1));
  }
};

}  // namespace seqrl
