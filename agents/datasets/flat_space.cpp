#include "agents/datasets/flat_space.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "agents/datasets/python_json.h"
#include "configs/base/error.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::int64_t kMostNumbers = 1 << 20;      // in a vector
constexpr std::int64_t kMostImageNumbers = 12'288;  // 64 × 64 × 3, as in kind: gymnasium
constexpr int kDeepest = 16;                        // spaces within spaces
constexpr int kMostBrackets = 64;                   // around a number

// The nesting depth of brackets, those in strings included.
int nesting(const std::string& text) {
  int depth = 0, deepest = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return deepest;
}

class Parser {
 public:
  Parser(const char* key, const std::filesystem::path& path) : key_(key), path_(path) {}

  FlatSpace parse(const OrderedJson& space) {
    add(space, SpacePart(), 0);
    std::int64_t size = 0;
    for (const SpacePart& part : space_.parts) size += part.size();
    SEQRL_REQUIRE(size <= kMostNumbers, "{}: '{}' has {} numbers; the maximum is {}", where(), key_,
                  size, kMostNumbers);
    return std::move(space_);
  }

 private:
  std::string where() const { return path_.string(); }

  void add(const OrderedJson& space, SpacePart part, int depth) {
    const std::string type = space.is_object() ? text_of(space, "type") : "";
    SEQRL_REQUIRE(depth < kDeepest, "{}: '{}' is nested deeper than {} spaces", where(), key_,
                  kDeepest);
    if (type == "Dict" || type == "Tuple") {
      add_parts(space, part, depth);
    } else if (type == "Box" || (type.empty() && depth == 0)) {
      add_box(space, std::move(part), type.empty());
    } else if (type == "MultiBinary") {
      part.kind = "multibinary";
      part.numbers = product(space.value("n", OrderedJson()));
      add_part(std::move(part));
    } else if (type == "Discrete" || type == "MultiDiscrete") {
      add_choices(space, std::move(part), type == "Discrete");
    } else if (type == "Text" && depth > 0) {
      space_.left_out.push_back(one_line(part.name));
    } else {
      reject(
          "{}: '{}' holds a space of type {}; Box, Discrete, MultiDiscrete, MultiBinary, Dict "
          "and Tuple are read",
          where(), key_, shown(type));
    }
  }

  void add_parts(const OrderedJson& space, const SpacePart& around, int depth) {
    const OrderedJson parts = space.value("subspaces", OrderedJson());
    const bool is_dict = text_of(space, "type") == "Dict";
    SEQRL_REQUIRE(is_dict ? parts.is_object() : parts.is_array(),
                  "{}: '{}' does not say what its {} holds", where(), key_,
                  is_dict ? "Dict" : "Tuple");
    std::size_t index = 0;
    for (const auto& [name, part] : parts.items()) {
      SpacePart inner;
      const std::string in_file = is_dict ? name : fmt::format("_index_{}", index);
      inner.path = around.path.empty() ? in_file : around.path + "/" + in_file;
      inner.name = around.name.empty() ? name : around.name + "." + name;
      add(part, std::move(inner), depth + 1);
      ++index;
    }
  }

  void add_box(const OrderedJson& space, SpacePart part, bool unknown) {
    const OrderedJson shape = unknown ? OrderedJson() : space.value("shape", OrderedJson());
    if (shape.is_array()) {
      part.numbers = product(shape);
      SEQRL_REQUIRE(shape.size() != 3 || part.numbers <= kMostImageNumbers,
                    "{}: '{}' holds images of {} numbers; the maximum is {} (64 × 64 × 3)", where(),
                    key_, part.numbers, kMostImageNumbers);
    }
    for (auto [side, to] : {std::pair("low", &part.low), std::pair("high", &part.high)}) {
      if (unknown || !add_numbers(space.value(side, OrderedJson()), *to)) to->clear();
    }
    add_part(std::move(part));
  }

  // Whether all of them are finite.
  static bool add_numbers(const OrderedJson& value, std::vector<double>& to) {
    if (value.is_number()) {
      to.push_back(value.get<double>());
      return true;
    }
    return value.is_array() && std::ranges::all_of(value, [&](const OrderedJson& inner) {
             return (inner.is_number() || inner.is_array()) && add_numbers(inner, to);
           });
  }

  void add_choices(const OrderedJson& space, SpacePart part, bool single) {
    part.kind = single ? "discrete" : "multidiscrete";
    part.counts = integers(space.value(single ? "n" : "nvec", OrderedJson()));
    part.starts = integers(space.value("start", OrderedJson(0)));
    if (part.starts.size() == 1) part.starts.resize(part.counts.size(), part.starts[0]);
    const auto all_within = [](const std::vector<std::int64_t>& numbers, std::int64_t low) {
      return std::ranges::all_of(numbers,
                                 [&](std::int64_t x) { return low <= x && x <= kMostNumbers; });
    };
    SEQRL_REQUIRE(!part.counts.empty() && part.starts.size() == part.counts.size() &&
                      all_within(part.counts, 1) && all_within(part.starts, -kMostNumbers),
                  "{}: '{}' is {}, but must have 1 to {} choices: {}", where(), key_,
                  single ? "Discrete" : "MultiDiscrete", kMostNumbers, one_line(space.dump()));
    part.numbers = std::ssize(part.counts);
    add_part(std::move(part));
  }

  void add_part(SpacePart part) {
    space_.parts.push_back(std::move(part));
    SEQRL_REQUIRE(std::ssize(space_.parts) <= kMostNumbers, "{}: '{}' has too many parts", where(),
                  key_);
  }

  static std::vector<std::int64_t> integers(const OrderedJson& value) {
    std::vector<std::int64_t> found;
    if (value.is_number_integer()) return {value.get<std::int64_t>()};
    if (!value.is_array()) return {};
    for (const OrderedJson& inner : value) {
      const std::vector<std::int64_t> more = integers(inner);
      found.insert(found.end(), more.begin(), more.end());
    }
    return found;
  }

  std::int64_t product(const OrderedJson& shape) const {
    std::int64_t size = 1;
    for (const std::int64_t dim : integers(shape)) {
      const bool fits = 1 <= dim && dim <= kMostNumbers && size * dim <= kMostNumbers;
      SEQRL_REQUIRE(fits, "{}: '{}' has an invalid shape: {}", where(), key_,
                    one_line(shape.dump()));
      size *= dim;
    }
    return size;
  }

  static std::string text_of(const OrderedJson& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
  }

  const char* key_;
  const std::filesystem::path& path_;
  FlatSpace space_;
};

}  // namespace

std::int64_t SpacePart::size() const {
  return counts.empty() ? numbers : std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

bool FlatSpace::is_plain() const {
  return parts.size() == 1 && parts[0].name.empty() && parts[0].counts.empty();
}

std::string FlatSpace::layout() const {
  std::vector<std::string> texts;
  for (const SpacePart& part : parts) {
    const std::string kind = part.kind == "box" ? "" : part.kind;
    texts.push_back(fmt::format("{}{}{}[{}]", one_line(part.name),
                                part.name.empty() || kind.empty() ? "" : " ", kind, part.size()));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

FlatSpace FlatSpace::of_json(const std::string& text, const char* key,
                             const std::filesystem::path& path) {
  SEQRL_REQUIRE(nesting(text) <= kMostBrackets, "{}: '{}' is nested too deeply", path.string(),
                key);
  const OrderedJson space = parse_python_json_in_order(text);
  FlatSpace flat = Parser(key, path).parse(space.is_object() ? space : OrderedJson::object());
  SEQRL_REQUIRE(!flat.parts.empty(), "{}: '{}' has no numbers", path.string(), key);
  return flat;
}

std::string layout_text(const std::string& layout) {
  std::string text;
  for (const char c : layout) {
    if (c == '[' && !text.empty() && text.back() != ' ') text += ' ';
    if (c != '[' && c != ']') text += c;
  }
  return text;
}

}  // namespace seqrl
