// Upper bounds that backbones' options share, so that products of sizes stay far from overflowing.
#pragma once

namespace seqrl {

constexpr int kMostTimesDim = 64;  // the most that a hidden size is of `dim`

}  // namespace seqrl
