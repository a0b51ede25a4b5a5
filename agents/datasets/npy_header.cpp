#include "agents/datasets/npy_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "configs/base/error.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::int64_t kMostElements = std::int64_t{1} << 40;

// The text after 'key': in a Python dictionary literal, without leading blanks.
std::string_view value_of(std::string_view dictionary, std::string_view key) {
  const std::string quoted = fmt::format("'{}':", key);
  const std::size_t at = dictionary.find(quoted);
  if (at == std::string_view::npos) return {};
  std::string_view rest = dictionary.substr(at + quoted.size());
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return rest;
}

std::string_view until(std::string_view text, char end) {
  return text.substr(0, text.find(end));
}

// "(10, 2)", "(10,)", "()".
std::vector<std::int64_t> parse_shape(std::string_view text, const std::string& where) {
  SEQRL_REQUIRE(text.starts_with('(') && text.find(')') != std::string_view::npos,
                "{}: its header has no shape", where);
  text = until(text.substr(1), ')');
  std::vector<std::int64_t> shape;
  std::int64_t size = 1;
  while (!text.empty()) {
    std::string_view number = until(text, ',');
    text.remove_prefix(std::min(number.size() + 1, text.size()));
    while (number.starts_with(' ')) number.remove_prefix(1);
    if (number.empty()) continue;
    std::int64_t dim = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), dim);
    const bool fits = parsed.ec == std::errc() && parsed.ptr == number.data() + number.size() &&
                      dim >= 0 && dim <= kMostElements &&
                      (dim == 0 || size <= kMostElements / dim) && shape.size() < 32;
    SEQRL_REQUIRE(fits, "{}: its shape is invalid: {}", where, shown(number));
    size *= dim;
    shape.push_back(dim);
  }
  return shape;
}

}  // namespace

std::int64_t NpyHeader::size() const {
  std::int64_t size = 1;
  for (const std::int64_t dim : shape) size *= dim;
  return size;
}

NpyHeader NpyHeader::parse(std::string_view bytes, const std::string& where) {
  constexpr std::size_t kVersion = kMagic.size(), kLength = kVersion + 2;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  SEQRL_REQUIRE(bytes.starts_with(kMagic) && bytes.size() >= kLength + 4,
                "{} is not an array in NumPy's format", where);
  const int version = byte(kVersion);
  SEQRL_REQUIRE(1 <= version && version <= 3, "{}: version {} of NumPy's format is not supported",
                where, version);
  std::size_t length = byte(kLength) + std::size_t{256} * byte(kLength + 1);
  NpyHeader header;
  header.begin = kLength + (version == 1 ? 2 : 4);
  if (version > 1) {
    length += (std::size_t{byte(kLength + 2)} << 16) + (std::size_t{byte(kLength + 3)} << 24);
  }
  SEQRL_REQUIRE(length <= bytes.size() - header.begin, "{}: its header is cut short", where);
  const std::string_view dictionary = bytes.substr(header.begin, length);
  header.begin += length;

  std::string_view type = value_of(dictionary, "descr");
  type = type.starts_with('\'') ? until(type.substr(1), '\'') : type.substr(0, 40);
  const bool plain = type.size() == 3 && (type[0] == '<' || type[0] == '|') &&
                     std::string_view("fiub").find(type[1]) != std::string_view::npos;
  header.kind = plain ? type[1] : '?';
  header.width = plain ? type[2] - '0' : 0;
  const bool of_width = header.kind == 'f'   ? header.width == 4 || header.width == 8
                        : header.kind == 'b' ? header.width == 1
                                             : header.width == 1 || header.width == 2 ||
                                                   header.width == 4 || header.width == 8;
  SEQRL_REQUIRE(
      plain && of_width,
      "{} holds {}, but only little-endian float32, float64, integers and booleans are read", where,
      shown(type));
  header.shape = parse_shape(value_of(dictionary, "shape"), where);
  SEQRL_REQUIRE(
      value_of(dictionary, "fortran_order").starts_with("False") || header.shape.size() < 2,
      "{} is in Fortran order: save numpy.ascontiguousarray of it", where);
  return header;
}

}  // namespace seqrl
