// Upper bounds that backbones' options share, so that products of sizes stay far from overflowing.
#pragma once

namespace seqrl {

constexpr int kMaxExpansion = 64;  // of a hidden size over `dim`

}  // namespace seqrl
