#include "envs/range.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "configs/schema/scalars.h"
#include "configs/schema/tree.h"
#include "configs/schema/values.h"

namespace seqrl {
namespace {

using Json = nlohmann::ordered_json;

// Whether `text` is infinity as YAML, Python or JSON's extensions write it.
bool is_infinity(std::string text, bool negative) {
  if (text.starts_with(negative ? '-' : '+')) {
    text.erase(0, 1);
  } else if (negative) {
    return false;
  }
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return text == ".inf" || text == "inf" || text == "infinity";
}

std::optional<double> read_side(const Tree& tree, const std::string& key, bool low) {
  if (tree.kind == Tree::Kind::null) return std::nullopt;
  if (tree.kind == Tree::Kind::scalar && is_infinity(tree.text, low)) return std::nullopt;
  return read_number(tree, key);
}

}  // namespace

void Range::read(const Tree& tree, const std::string& key) {
  const bool pair = tree.kind == Tree::Kind::list && tree.items.size() == 2;
  if (!pair) reject_type(tree, key, "two numbers [low, high], null for an open side");
  low = read_side(tree.items[0], key, true);
  high = read_side(tree.items[1], key, false);
  if (low && high && *low >= *high) {
    reject_at(tree.origin, key, fmt::format("an empty range: {} is not below {}", *low, *high));
  }
}

std::string Range::yaml() const {
  const auto side = [](const std::optional<double>& x) { return x ? yaml_scalar(*x) : "null"; };
  return fmt::format("[{}, {}]", side(low), side(high));
}

Json Range::json() const {
  const auto side = [](const std::optional<double>& x) { return x ? Json(*x) : Json(nullptr); };
  return {side(low), side(high)};
}

}  // namespace seqrl
