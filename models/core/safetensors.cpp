#include "models/core/safetensors.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "configs/base/errno_text.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/hash.h"
#include "configs/base/regular_file.h"
#include "configs/base/text.h"

// The format is little-endian, and so is every machine this runs on.
static_assert(std::endian::native == std::endian::little);

namespace seqrl {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the reference implementation's limit
constexpr const char* kChecksum = "checksum";           // the metadata key of the checksum
constexpr std::size_t kPiece = 1 << 20;                 // bytes hashed at a time

std::string dims_text(const std::vector<std::int64_t>& dims) {
  return fmt::format("({})", fmt::join(dims, ", "));
}

// The checksum of a file's content: its metadata, except the checksum itself, and its tensors in
// the order of their names. It stays valid if a program rewrites them in another order or layout.
class Checksum {
 public:
  explicit Checksum(const StoredMetadata& metadata) {
    for (const auto& [name, text] : metadata) {
      if (name == kChecksum) continue;
      add_text(name);
      add_text(text);
    }
  }

  void add_tensor(std::string_view name, StoredType type, std::span<const std::int64_t> dims) {
    add_text(name);
    add_text(stored_name(type));
    hash_.add(dims);
  }
  void add_piece(std::span<const std::byte> bytes) { hash_.add(bytes); }

  std::string text() const { return fmt::format("{:016x}", hash_.result()); }

 private:
  void add_text(std::string_view text) { hash_.add(std::span(text)); }

  Hash64 hash_;
};

std::string checksum_of(std::span<const TensorToStore> tensors, const StoredMetadata& metadata) {
  std::map<std::string_view, const TensorToStore*> by_name;
  for (const TensorToStore& tensor : tensors) by_name.emplace(tensor.name, &tensor);
  Checksum checksum(metadata);
  for (const auto& [name, tensor] : by_name) {
    checksum.add_tensor(name, tensor->type, tensor->dims);
    for (auto rest = tensor->bytes; !rest.empty();) {
      const std::size_t piece = std::min(rest.size(), kPiece);
      checksum.add_piece(rest.first(piece));
      rest = rest.subspan(piece);
    }
  }
  return checksum.text();
}

// Like the Python writer, pads the header with spaces, so that the data starts aligned.
std::string encode_header(std::span<const TensorToStore* const> tensors,
                          const StoredMetadata& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const TensorToStore* tensor : tensors) {
    const std::uint64_t end = offset + tensor->bytes.size();
    header[tensor->name] = {{"dtype", stored_name(tensor->type)},
                            {"shape", tensor->dims},
                            {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::span<const TensorToStore> tensors,
                       const StoredMetadata& given, const std::function<void()>& check) {
  SEQRL_CHECK(!given.contains(kChecksum));
  StoredMetadata metadata = given;
  metadata.emplace(kChecksum, checksum_of(tensors, given));
  std::vector<const TensorToStore*> order;
  std::set<std::string_view> names = {"__metadata__"};
  for (const TensorToStore& tensor : tensors) {
    SEQRL_CHECK(names.insert(tensor.name).second);
    SEQRL_CHECK(stored_size(tensor.type, tensor.dims) == tensor.bytes.size());
    order.push_back(&tensor);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return stored_bytes(a->type) > stored_bytes(b->type);
  });

  std::string header;
  try {
    header = encode_header(order, metadata);
  } catch (const nlohmann::json::type_error&) {
    reject("cannot write {}: a name or a metadata string in it is not valid UTF-8", path.string());
  }
  const std::uint64_t header_bytes = header.size();
  SEQRL_CHECK(header_bytes <= kMaxHeaderBytes);
  write_file_atomically(path, [&](OutputFile& file) {
    file.write({reinterpret_cast<const char*>(&header_bytes), kLengthBytes});
    file.write(header);
    for (const TensorToStore* tensor : order) {
      file.write({reinterpret_cast<const char*>(tensor->bytes.data()), tensor->bytes.size()});
    }
    if (!check) return;
    file.sync();
    check();
  });
}

SafetensorsReader::SafetensorsReader(const std::filesystem::path& path) : name_(path.string()) {
  require_regular_file(path);
  file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) reject("cannot read {}: {}", name_, errno_text(errno));
  try {
    struct stat status {};
    if (::fstat(file_, &status) != 0) reject("cannot read {}: {}", name_, errno_text(errno));
    read_header(static_cast<std::uint64_t>(status.st_size));
  } catch (...) {
    ::close(file_);
    throw;
  }
}

SafetensorsReader::SafetensorsReader(std::string name, std::string_view content)
    : name_(std::move(name)), content_(content) {
  read_header(content.size());
}

void SafetensorsReader::read_header(std::uint64_t size) {
  SEQRL_REQUIRE(size >= kLengthBytes, "{}: not a safetensors file: only {} bytes", name_, size);
  std::uint64_t length = 0;
  read_at(0, std::as_writable_bytes(std::span(&length, 1)));
  SEQRL_REQUIRE(length <= kMaxHeaderBytes,
                "{}: not a safetensors file: its header would be {} bytes long", name_, length);
  SEQRL_REQUIRE(length <= size - kLengthBytes,
                "{}: cut short: a header of {} bytes, but only {} bytes follow", name_, length,
                size - kLengthBytes);
  std::string json(length, '\0');
  read_at(kLengthBytes, std::as_writable_bytes(std::span(json)));
  header_ = parse_safetensors_header(json, size - kLengthBytes - length, name_);
  for (std::size_t i = 0; i < tensors().size(); ++i) index_.emplace(tensors()[i].name, i);
  if (metadata().contains(kChecksum)) verify();
}

void SafetensorsReader::verify() const {
  Checksum checksum(metadata());
  std::vector<std::byte> piece;
  for (const auto& [name, index] : index_) {
    const StoredTensor& tensor = tensors()[index];
    checksum.add_tensor(name, tensor.type, tensor.dims);
    for (std::uint64_t at = 0; at < tensor.bytes; at += piece.size()) {
      piece.resize(std::min<std::uint64_t>(tensor.bytes - at, kPiece));
      read_at(tensor.offset + at, piece);
      checksum.add_piece(piece);
    }
  }
  SEQRL_REQUIRE(checksum.text() == metadata_at(kChecksum),
                "{}: damaged: its content does not match its checksum; use another copy (a program "
                "that changes the file on purpose must remove the metadata '{}')",
                name_, kChecksum);
}

SafetensorsReader::~SafetensorsReader() {
  if (file_ >= 0) ::close(file_);
}

const StoredTensor* SafetensorsReader::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors()[found->second];
}

const StoredTensor& SafetensorsReader::at(std::string_view name) const {
  if (const StoredTensor* tensor = find(name)) return *tensor;
  std::vector<std::string> names;
  for (const auto& [known, index] : index_) names.push_back(known);
  reject("{}: no tensor '{}'{}", name_, name, suggestion(name, names));
}

const std::string& SafetensorsReader::metadata_at(std::string_view name) const {
  const auto found = metadata().find(std::string(name));
  if (found != metadata().end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, value] : metadata()) names.push_back(known);
  reject("{}: no metadata '{}'{}", name_, name, suggestion(name, names));
}

void SafetensorsReader::read_bytes(std::string_view name, StoredType type, const Shape& shape,
                                   std::span<std::byte> values) const {
  const StoredTensor& tensor = at(name);
  SEQRL_REQUIRE(tensor.type == type, "{}: tensor '{}' is of type {}, expected {}", name_, name,
                stored_name(tensor.type), stored_name(type));
  bool same = static_cast<int>(tensor.dims.size()) == shape.rank();
  for (int axis = 0; same && axis < shape.rank(); ++axis) {
    same = tensor.dims[static_cast<std::size_t>(axis)] == shape[axis];
  }
  SEQRL_REQUIRE(same, "{}: tensor '{}' has shape {}, expected {}", name_, name,
                dims_text(tensor.dims), shape.text());
  SEQRL_CHECK(values.size() == tensor.bytes);
  read_at(tensor.offset, values);
}

void SafetensorsReader::read_at(std::uint64_t offset, std::span<std::byte> bytes) const {
  if (file_ < 0) {
    std::ranges::copy(std::as_bytes(std::span(content_.substr(offset, bytes.size()))),
                      bytes.begin());
    return;
  }
  while (!bytes.empty()) {
    const ssize_t count = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot read {}: {}", name_, errno_text(errno));
    if (count == 0) reject("{}: cut short at byte {} while it was read", name_, offset);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

}  // namespace seqrl
