// What every backbone's configuration holds.
#pragma once

#include <cstdint>

namespace seqrl {

struct BackboneConfig {
  std::int64_t dim = 128;  // of a token
  std::int64_t layers = 3;
  double dropout = 0.1;  // probability, on what each residual branch adds
};

}  // namespace seqrl
