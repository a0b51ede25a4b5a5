#include "envs/assets.h"

#include <algorithm>

#include "configs/base/error.h"

namespace seqrl {

std::string_view asset_text(std::string_view name) {
  const auto assets = builtin_assets();
  const auto found = std::ranges::find(assets, name, &Asset::name);
  SEQRL_CHECK(found != assets.end());
  return found->text;
}

}  // namespace seqrl
