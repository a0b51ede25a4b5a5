#include "agents/datasets/npz_file.h"

#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "configs/base/error.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

constexpr std::string_view kEndMagic = "PK\5\6", kEnd64Magic = "PK\6\6", kLocator64Magic = "PK\6\7",
                           kEntryMagic = "PK\1\2", kLocalMagic = "PK\3\4";
constexpr std::size_t kEndSize = 22, kLocatorSize = 20, kEnd64Size = 56, kEntrySize = 46,
                      kLocalSize = 30, kLongestComment = 65535;
constexpr std::uint64_t kMostDirectory = 1 << 20;
constexpr std::uint64_t kMostRatio = 1040;  // of deflate: 1032, and a few bytes
constexpr std::uint64_t kHeader = 1 << 16;  // bytes, enough for any NumPy header

std::uint64_t number(std::string_view bytes, std::size_t at, int width) {
  std::uint64_t value = 0;
  for (int i = width - 1; i >= 0; --i) {
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

template <typename T>
T number_at(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

double value_at(const NpyHeader& header, const char* bytes) {
  switch (header.kind) {
    case 'f':
      return header.width == 4 ? static_cast<double>(number_at<float>(bytes))
                               : number_at<double>(bytes);
    case 'i': {
      const std::uint64_t bits = number({bytes, 8}, 0, header.width);
      const int unused = 64 - 8 * header.width;
      return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
    }
    default:
      return static_cast<double>(number({bytes, 8}, 0, header.width));
  }
}

}  // namespace

NpzFile::NpzFile(const std::filesystem::path& path) : path_(path), file_(path, std::ios::binary) {
  std::error_code error;
  size_ = std::filesystem::file_size(path, error);
  SEQRL_REQUIRE(!error && file_.is_open(), "cannot read {}: {}", path.string(),
                error ? error.message() : "it cannot be opened");
  read_directory();
}

std::string NpzFile::bytes_at(std::uint64_t offset, std::uint64_t size) {
  SEQRL_REQUIRE(offset <= size_ && size <= size_ - offset,
                "{} is truncated, or not an .npz file: {} bytes at {} are beyond its {}",
                path_.string(), size, offset, size_);
  std::string bytes(size, '\0');
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(offset));
  file_.read(bytes.data(), static_cast<std::streamsize>(size));
  SEQRL_REQUIRE(static_cast<std::uint64_t>(file_.gcount()) == size, "cannot read {} at byte {}",
                path_.string(), offset);
  return bytes;
}

void NpzFile::read_directory() {
  const std::uint64_t tail_size = std::min<std::uint64_t>(size_, kEndSize + kLongestComment);
  const std::string tail = bytes_at(size_ - tail_size, tail_size);
  const std::size_t end = tail.rfind(kEndMagic);
  SEQRL_REQUIRE(end != std::string::npos && tail.size() - end >= kEndSize,
                "{} is not an .npz file, or is cut short", path_.string());
  std::uint64_t count = number(tail, end + 10, 2), size = number(tail, end + 12, 4),
                begin = number(tail, end + 16, 4);
  const std::uint64_t at = size_ - tail_size + end;
  if (at >= kLocatorSize) {
    const std::string locator = bytes_at(at - kLocatorSize, kLocatorSize);
    if (locator.starts_with(kLocator64Magic)) {
      const std::string end64 = bytes_at(number(locator, 8, 8), kEnd64Size);
      SEQRL_REQUIRE(end64.starts_with(kEnd64Magic), "{}: its directory is damaged", path_.string());
      count = number(end64, 32, 8);
      size = number(end64, 40, 8);
      begin = number(end64, 48, 8);
    }
  }
  SEQRL_REQUIRE(size <= kMostDirectory && count <= kMostDirectory, "{}: its directory is damaged",
                path_.string());
  const std::string bytes = bytes_at(begin, size);
  std::string_view directory = bytes;
  for (std::uint64_t i = 0; i < count; ++i) add_entry(directory);
  SEQRL_REQUIRE(!entries_.empty(), "{} holds no arrays", path_.string());
}

void NpzFile::add_entry(std::string_view& directory) {
  const bool whole = directory.size() >= kEntrySize && directory.starts_with(kEntryMagic);
  SEQRL_REQUIRE(whole, "{}: its directory is damaged", path_.string());
  Entry entry{.method = number(directory, 10, 2),
              .packed = number(directory, 20, 4),
              .size = number(directory, 24, 4),
              .header = number(directory, 42, 4),
              .crc = static_cast<std::uint32_t>(number(directory, 16, 4))};
  const bool encrypted = (number(directory, 8, 2) & 1) != 0;
  const std::size_t name_size = number(directory, 28, 2), extra_size = number(directory, 30, 2),
                    comment_size = number(directory, 32, 2);
  SEQRL_REQUIRE(directory.size() - kEntrySize >= name_size + extra_size + comment_size,
                "{}: its directory is damaged", path_.string());
  std::string name(directory.substr(kEntrySize, name_size));
  std::string_view extra = directory.substr(kEntrySize + name_size, extra_size);
  directory.remove_prefix(kEntrySize + name_size + extra_size + comment_size);
  // Sizes beyond 32 bits are in an extra field, only the ones that need it, in this order.
  while (extra.size() >= 4) {
    const std::uint64_t id = number(extra, 0, 2);
    std::string_view field = extra.substr(4, number(extra, 2, 2));
    extra.remove_prefix(std::min(4 + field.size(), extra.size()));
    if (id != 1) continue;
    for (std::uint64_t* value : {&entry.size, &entry.packed, &entry.header}) {
      if (*value != 0xFFFFFFFF || field.size() < 8) continue;
      *value = number(field, 0, 8);
      field.remove_prefix(8);
    }
  }
  constexpr std::string_view kEnding = ".npy";
  if (!name.ends_with(kEnding)) return;
  name.resize(name.size() - kEnding.size());
  SEQRL_REQUIRE(!encrypted && (entry.method == 0 || entry.method == Z_DEFLATED),
                "{} is encrypted, or compressed in a way that NumPy does not use", where(name));
  entries_[name] = entry;
}

std::string NpzFile::where(const std::string& name) const {
  return fmt::format("'{}' of {}", one_line(name), path_.string());
}

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

// The first `most` bytes of the unpacked data, or all, which are then verified by checksum.
std::string NpzFile::contents(const std::string& name, std::uint64_t most) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    std::vector<std::string> known = names();
    if (known.size() > 12) known.resize(12);
    for (std::string& other : known) other = one_line(other);
    reject("{} has no array '{}'; it holds {}", path_.string(), name, fmt::join(known, ", "));
  }
  const Entry& entry = found->second;
  const std::string local = bytes_at(entry.header, kLocalSize);
  SEQRL_REQUIRE(local.starts_with(kLocalMagic), "{}: its entry is damaged", where(name));
  const std::uint64_t begin =
      entry.header + kLocalSize + number(local, 26, 2) + number(local, 28, 2);
  const bool stored = entry.method == 0;
  SEQRL_REQUIRE(stored ? entry.size == entry.packed
                       : entry.size / kMostRatio <= entry.packed && entry.packed <= size_,
                "{}: its sizes are invalid", where(name));
  const std::uint64_t wanted = std::min(most, entry.size);
  std::string packed = bytes_at(begin, stored ? wanted : entry.packed);
  std::string bytes;
  if (stored) {
    bytes = std::move(packed);
  } else {
    bytes.resize(wanted);
    z_stream stream{};
    SEQRL_CHECK(::inflateInit2(&stream, -MAX_WBITS) == Z_OK);
    constexpr std::uint64_t kPiece = 1 << 30;
    std::uint64_t read = 0, written = 0;
    int status = Z_OK;
    while (status == Z_OK && written < wanted) {
      stream.next_in = reinterpret_cast<Bytef*>(packed.data() + read);
      stream.avail_in = static_cast<uInt>(std::min(kPiece, packed.size() - read));
      stream.next_out = reinterpret_cast<Bytef*>(bytes.data() + written);
      stream.avail_out = static_cast<uInt>(std::min(kPiece, wanted - written));
      const uInt in = stream.avail_in, out = stream.avail_out;
      status = ::inflate(&stream, Z_NO_FLUSH);
      read += in - stream.avail_in;
      written += out - stream.avail_out;
    }
    ::inflateEnd(&stream);
    SEQRL_REQUIRE(written == wanted, "{} is damaged: it cannot be decompressed", where(name));
  }
  if (bytes.size() == entry.size) {
    const auto sum = ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    SEQRL_REQUIRE(sum == entry.crc, "{} is damaged: its checksum differs; fetch it again",
                  where(name));
  }
  return bytes;
}

std::vector<std::int64_t> NpzFile::shape(const std::string& name) {
  return NpyHeader::parse(contents(name, kHeader), where(name)).shape;
}

NpzFile::Array NpzFile::array(const std::string& name) {
  Array array{.header = {}, .bytes = contents(name, ~std::uint64_t{0})};
  array.header = NpyHeader::parse(array.bytes, where(name));
  const std::uint64_t held = array.bytes.size() - array.header.begin;
  const auto size = static_cast<std::uint64_t>(array.header.size());
  SEQRL_REQUIRE(held == size * static_cast<std::uint64_t>(array.header.width),
                "{}: {} bytes, but its shape needs {} numbers of {} bytes", where(name), held, size,
                array.header.width);
  array.bytes.append(8, '\0');  // a number is read as 8 bytes
  return array;
}

void NpzFile::read(const std::string& name, std::span<float> values) {
  const Array array = this->array(name);
  SEQRL_CHECK(static_cast<std::size_t>(array.header.size()) == values.size());
  const char* bytes = array.bytes.data() + array.header.begin;
  for (std::size_t i = 0; i < values.size(); ++i, bytes += array.header.width) {
    const double value = value_at(array.header, bytes);
    SEQRL_REQUIRE(!(std::abs(value) > std::numeric_limits<float>::max()) || std::isinf(value),
                  "{} holds {} at index {}, beyond float32 (±3.4e+38), which seqrl computes in",
                  where(name), value, i);
    values[i] = static_cast<float>(value);
  }
}

void NpzFile::read_flags(const std::string& name, std::span<std::uint8_t> values) {
  const Array array = this->array(name);
  SEQRL_CHECK(static_cast<std::size_t>(array.header.size()) == values.size());
  const char* bytes = array.bytes.data() + array.header.begin;
  for (std::size_t i = 0; i < values.size(); ++i, bytes += array.header.width) {
    const double value = value_at(array.header, bytes);
    SEQRL_REQUIRE(value == 0 || value == 1, "{} holds {} at index {}, expected 0 or 1", where(name),
                  value, i);
    values[i] = value != 0;
  }
}

}  // namespace seqrl
