// Upper bounds shared by the options of backbones. They keep products of sizes far from overflow.
#pragma once

namespace seqrl {

constexpr int kMaxExpansion = 64;  // hidden size / `dim`

}  // namespace seqrl
