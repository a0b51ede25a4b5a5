// Checks of a safetensors header. It is read as a stream of JSON events with a fixed depth, so that
// nesting is rejected, and so are duplicate names, which a JSON tree would hide.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "configs/base/error.h"
#include "models/core/safetensors.h"

namespace seqrl {
namespace {

struct TypeFacts {
  std::string_view name;
  std::size_t bytes;
};

constexpr std::size_t kMaxDims = 64;

// In the order of StoredType.
constexpr std::array<TypeFacts, 13> kTypes = {{{"BOOL", 1},
                                               {"U8", 1},
                                               {"I8", 1},
                                               {"U16", 2},
                                               {"I16", 2},
                                               {"F16", 2},
                                               {"BF16", 2},
                                               {"U32", 4},
                                               {"I32", 4},
                                               {"F32", 4},
                                               {"U64", 8},
                                               {"I64", 8},
                                               {"F64", 8}}};
static_assert(kTypes.size() == static_cast<std::size_t>(StoredType::F64) + 1);

// A name from a file, made suitable for a one-line message.
std::string shown_name(std::string_view name) {
  constexpr std::size_t kShown = 80;
  const bool cut = name.size() > kShown;
  return fmt::format("{:?}{}", name.substr(0, kShown), cut ? "…" : "");
}

// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {"k": "v"}}
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(std::string_view file) : file_(file) {}

  SafetensorsHeader take() { return std::move(header_); }

  bool start_object(std::size_t) override {
    ++depth_;
    if (depth_ > 2 || in_array_) wrong("an object");
    if (depth_ == 2) entry_ = {};
    return true;
  }

  bool end_object() override {
    if (depth_ == 2 && !in_metadata()) finish_entry();
    --depth_;
    return true;
  }

  bool key(std::string& name) override {
    if (depth_ == 1) {
      if (!names_.insert(name).second) wrong_file("the name {} appears twice", shown_name(name));
      name_ = name;
      fields_.clear();
    } else {
      if (!fields_.insert(name).second)
        wrong_file("{}: {} appears twice", where(), shown_name(name));
      field_ = name;
      const bool known = name == "dtype" || name == "shape" || name == "data_offsets";
      if (!in_metadata() && !known) wrong_file("{}: unknown field {}", where(), shown_name(name));
    }
    return true;
  }

  bool string(std::string& value) override {
    if (depth_ != 2 || in_array_) wrong("a string");
    if (in_metadata()) {
      header_.metadata.emplace(field_, value);
    } else if (field_ == "dtype") {
      const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                      [&](const TypeFacts& type) { return type.name == value; });
      if (found == kTypes.end())
        wrong_file("{}: cannot read the dtype {}", where(), shown_name(value));
      entry_.type = static_cast<StoredType>(found - kTypes.begin());
    } else {
      wrong("a string");
    }
    return true;
  }

  bool start_array(std::size_t) override {
    const bool expected = field_ == "shape" || field_ == "data_offsets";
    if (depth_ != 2 || in_array_ || in_metadata() || !expected) wrong("a list");
    in_array_ = true;
    return true;
  }

  bool end_array() override {
    in_array_ = false;
    return true;
  }

  bool number_unsigned(std::uint64_t value) override {
    if (!in_array_) wrong("a number");
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      wrong("a number that is too large");
    }
    if (entry_.dims.size() >= kMaxDims) wrong("too many dimensions");
    (field_ == "shape" ? entry_.dims : offsets_).push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool number_integer(std::int64_t) override { wrong("a negative number"); }
  bool number_float(double, const std::string&) override { wrong("a number with a fraction"); }
  bool null() override { wrong("null"); }
  bool boolean(bool) override { wrong("a boolean"); }
  bool binary(binary_t&) override { wrong("bytes"); }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception&) override {
    wrong_file("its header is not valid JSON at byte {}", position);
  }

 private:
  template <typename... Args>
  [[noreturn]] void wrong_file(fmt::format_string<Args...> format, Args&&... args) {
    reject("{}: not a valid safetensors file: {}", file_,
           fmt::format(format, std::forward<Args>(args)...));
  }

  [[noreturn]] void wrong(std::string_view what) {
    if (depth_ < 2) wrong_file("{} where its header must describe a tensor", what);
    wrong_file("{}: {} in {}", where(), what, shown_name(field_));
  }

  bool in_metadata() const { return name_ == "__metadata__"; }
  std::string where() const { return in_metadata() ? "metadata" : "tensor " + shown_name(name_); }

  void finish_entry() {
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
      if (fields_.count(field) == 0) wrong_file("{}: no '{}'", where(), field);
    }
    if (offsets_.size() != 2 || offsets_[0] > offsets_[1]) {
      wrong_file("{}: data_offsets must be [begin, end], got [{}]", where(),
                 fmt::join(offsets_, ", "));
    }
    entry_.name = name_;
    entry_.offset = static_cast<std::uint64_t>(offsets_[0]);
    entry_.bytes = static_cast<std::uint64_t>(offsets_[1] - offsets_[0]);
    offsets_.clear();
    header_.tensors.push_back(std::move(entry_));
  }

  std::string_view file_;
  SafetensorsHeader header_;
  int depth_ = 0;
  bool in_array_ = false;
  std::set<std::string> names_, fields_;
  std::string name_, field_;
  StoredTensor entry_;
  std::vector<std::int64_t> offsets_;
};

}  // namespace

std::size_t stored_bytes(StoredType type) {
  return kTypes[static_cast<std::size_t>(type)].bytes;
}

std::string_view stored_name(StoredType type) {
  return kTypes[static_cast<std::size_t>(type)].name;
}

std::optional<std::uint64_t> stored_size(StoredType type, std::span<const std::int64_t> dims) {
  std::uint64_t size = stored_bytes(type);
  for (const std::int64_t dim : dims) {
    if (__builtin_mul_overflow(size, static_cast<std::uint64_t>(dim), &size)) return std::nullopt;
  }
  return size;
}

SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes,
                                           std::string_view file) {
  SEQRL_REQUIRE(json.starts_with('{'), "{}: not a safetensors file: no JSON header", file);
  HeaderReader reader(file);
  nlohmann::json::sax_parse(json, &reader);
  SafetensorsHeader header = reader.take();

  auto& tensors = header.tensors;
  std::sort(tensors.begin(), tensors.end(), [](const StoredTensor& a, const StoredTensor& b) {
    return std::pair(a.offset, a.bytes) < std::pair(b.offset, b.bytes);
  });
  const std::uint64_t data_begin = sizeof(std::uint64_t) + json.size();
  std::uint64_t end = 0;
  for (StoredTensor& tensor : tensors) {
    SEQRL_REQUIRE(stored_size(tensor.type, tensor.dims) == tensor.bytes,
                  "{}: tensor {} of type {} and shape ({}) cannot have {} bytes", file,
                  shown_name(tensor.name), stored_name(tensor.type), fmt::join(tensor.dims, ", "),
                  tensor.bytes);
    SEQRL_REQUIRE(tensor.offset == end, "{}: tensor {} {} the one before it", file,
                  shown_name(tensor.name), tensor.offset < end ? "overlaps" : "leaves a gap after");
    end += tensor.bytes;  // cannot overflow: two numbers below 2^63
    SEQRL_REQUIRE(end <= data_bytes, "{}: cut short: tensor {} ends at byte {} of {}", file,
                  shown_name(tensor.name), end, data_bytes);
    tensor.offset += data_begin;
  }
  SEQRL_REQUIRE(end == data_bytes, "{}: {} bytes that belong to no tensor", file, data_bytes - end);
  return header;
}

}  // namespace seqrl
