#include "agents/datasets/prepared_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <functional>
#include <utility>

#include "agents/datasets/scan.h"
#include "agents/datasets/source_json.h"
#include "configs/base/errno_text.h"
#include "configs/base/error.h"
#include "configs/base/file_handle.h"
#include "configs/base/hash.h"
#include "configs/base/memory.h"
#include "models/core/alignment.h"

namespace seqrl {
namespace {

using Json = nlohmann::json;

// Increment it with every change of the format, or of how readers interpret the same file.
constexpr std::uint32_t kVersion = 1;
constexpr std::array<char, 8> kPreparedMagic = {'s', 'e', 'q', 'r', 'l', 'p', 'r', 'e'};
constexpr std::uint32_t kByteOrder = 0x01020304;

struct Preamble {
  std::array<char, 8> magic = kPreparedMagic;
  std::uint32_t version = kVersion;
  std::uint32_t byte_order = kByteOrder;
  std::uint64_t file_size = 0;
  std::uint64_t header_offset = 0, header_size = 0, json_size = 0;
  std::uint64_t header_hash = 0;
  std::uint64_t hash = 0;  // of all fields above

  std::uint64_t hash_above() const {
    Hash64 checksum;
    checksum.add(std::span(reinterpret_cast<const char*>(this), offsetof(Preamble, hash)));
    return checksum.result();
  }
};

std::uint64_t checksum_of(std::string_view text) {
  Hash64 hash;
  hash.add(std::span<const char>(text.data(), text.size()));
  return hash.result();
}

// The reason why a file is not used, phrased to follow "its prepared copy FILE …".
struct Unusable {
  std::string reason;
};

void write_at(int file, std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write it: {}", errno_text(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void read_at(int file, std::uint64_t offset, char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t read = ::pread(file, bytes, size, static_cast<off_t>(offset));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) throw Unusable{"cannot be read: " + errno_text(errno)};
    if (read == 0) throw Unusable{"is cut short"};
    bytes += read;
    size -= static_cast<std::size_t>(read);
    offset += static_cast<std::uint64_t>(read);
  }
}

// The position of an array in the file; an array that is not in it yet is added.
Json place_of(std::span<const float> values, SharedMemory& memory) {
  if (values.empty()) return {{"offset", 0}, {"size", 0}};
  std::optional<std::uint64_t> offset = memory.offset_of(values.data());
  if (!offset) {
    Buffer<float> added = memory.make<float>(values.size());
    std::ranges::copy(values, added.values().begin());
    offset = memory.offset_of(added.values().data());
  }
  return {{"offset", *offset}, {"size", values.size()}};
}

Json to_json(const DatasetScan& scan) {
  return {{"zero_rows", scan.zero_rows},
          {"repeated_episodes", scan.repeated_episodes},
          {"action_low", scan.actions.low},
          {"action_high", scan.actions.high},
          {"largest_return_to_go", scan.largest_return_to_go}};
}

DatasetScan scan_of(const Json& json) {
  return {.zero_rows = json.at("zero_rows"),
          .repeated_episodes = json.at("repeated_episodes"),
          .actions = {json.at("action_low"), json.at("action_high")},
          .largest_return_to_go = json.at("largest_return_to_go")};
}

template <typename T>
void append(std::string& header, T value) {
  const auto bytes = std::bit_cast<std::array<char, sizeof(T)>>(value);
  header.append(bytes.data(), bytes.size());
}

constexpr std::size_t kEpisodeBytes = sizeof(std::int64_t) + sizeof(double) + sizeof(std::uint8_t);

void append_episodes(std::string& header, const Trajectories& data) {
  for (const Episode& episode : data.episodes()) append(header, episode.length);
  for (const double value : data.returns()) append(header, value);
  for (const Episode& episode : data.episodes()) {
    SEQRL_CHECK(episode.weight == 1);
    append(header, static_cast<std::uint8_t>(episode.end));
  }
}

// The episodes at the header's end, and their returns.
std::vector<Episode> episodes_of(std::string_view bytes, std::vector<double>& returns) {
  const std::size_t count = bytes.size() / kEpisodeBytes;
  if (bytes.size() % kEpisodeBytes != 0) throw Unusable{"is damaged (its episodes are incomplete)"};
  std::vector<Episode> episodes(count);
  returns.resize(count);
  std::vector<std::int64_t> lengths(count);
  std::memcpy(lengths.data(), bytes.data(), count * sizeof(std::int64_t));
  bytes.remove_prefix(count * sizeof(std::int64_t));
  std::memcpy(returns.data(), bytes.data(), count * sizeof(double));
  bytes.remove_prefix(count * sizeof(double));
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto end = static_cast<std::uint8_t>(bytes[i]);
    if (end > static_cast<std::uint8_t>(EndKind::cut)) {
      throw Unusable{"is damaged (an episode has no end)"};
    }
    episodes[i] = {begin, lengths[i], static_cast<EndKind>(end)};
    begin += lengths[i];
  }
  return episodes;
}

Preamble read_preamble(int file, std::uint64_t size) {
  Preamble preamble;
  if (size < sizeof preamble) throw Unusable{"is cut short"};
  read_at(file, 0, reinterpret_cast<char*>(&preamble), sizeof preamble);
  if (preamble.magic != kPreparedMagic) throw Unusable{"is not a prepared file"};
  if (preamble.byte_order != kByteOrder) {
    throw Unusable{"comes from a machine with another byte order"};
  }
  if (preamble.version != kVersion) throw Unusable{"is from another version"};
  if (preamble.hash != preamble.hash_above()) {
    throw Unusable{"is damaged (its first page's checksum is wrong)"};
  }
  if (preamble.file_size != size) throw Unusable{"is cut short"};
  if (preamble.header_offset > size || preamble.header_size != size - preamble.header_offset ||
      preamble.json_size > preamble.header_size) {
    throw Unusable{"is damaged (its header is out of range)"};
  }
  return preamble;
}

// One array of the file, mapped.
Buffer<float> map_array(int file, const Json& place, std::uint64_t file_size, bool is_large) {
  const auto offset = place.at("offset").get<std::uint64_t>();
  const auto size = place.at("size").get<std::uint64_t>();
  if (size == 0) return {};
  if (offset % page_size() != 0 || offset > file_size ||
      size > (file_size - offset) / sizeof(float)) {
    throw Unusable{"is damaged (an array is out of range)"};
  }
  const std::size_t bytes = size * sizeof(float);
  void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, static_cast<off_t>(offset));
  if (memory == MAP_FAILED) throw Unusable{"cannot be mapped: " + errno_text(errno)};
  // Data larger than memory is read in windows at random places: reading ahead would evict other
  // pages.
  if (is_large) ::madvise(memory, bytes, MADV_RANDOM);
  return Buffer<float>(
      std::shared_ptr<void>(memory, [bytes](void* start) { ::munmap(start, bytes); }), size);
}

struct Header {
  Json json;
  std::string episodes;
  std::uint64_t file_size = 0;
};

Header read_header(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) throw Unusable{"cannot be read: " + errno_text(errno)};
  if (!S_ISREG(status.st_mode)) throw Unusable{"is not a regular file"};
  if (status.st_uid != ::geteuid()) throw Unusable{"belongs to another user"};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const Preamble preamble = read_preamble(file, size);
  std::string header(preamble.header_size, '\0');
  read_at(file, preamble.header_offset, header.data(), header.size());
  if (checksum_of(header) != preamble.header_hash) {
    throw Unusable{"is damaged (its header's checksum is wrong)"};
  }
  return {Json::parse(std::string_view(header).substr(0, preamble.json_size)),
          header.substr(preamble.json_size), size};
}

Trajectories map_file(int file, const Json& origin) {
  const Header header = read_header(file);
  const Json& json = header.json;
  if (json.at("origin") != origin) {
    throw Unusable{"was made from an earlier version of the data"};
  }
  DatasetTotals totals{.returns = {},
                       .observation_mean = json.at("observation_mean"),
                       .observation_std = json.at("observation_std"),
                       .fingerprint = json.at("fingerprint"),
                       .scan = scan_of(json.at("scan"))};
  std::vector<Episode> episodes = episodes_of(header.episodes, totals.returns);
  const bool is_large = static_cast<double>(header.file_size) > available_memory();
  const auto map = [&](const char* name) {
    return map_array(file, json.at("arrays").at(name), header.file_size, is_large);
  };
  TransitionArrays arrays{.observation_dim = json.at("observation_dim"),
                          .action_dim = json.at("action_dim"),
                          .observations = map("observations"),
                          .actions = map("actions"),
                          .rewards = map("rewards"),
                          .next_observations = map("next_observations"),
                          .returns_to_go = map("returns_to_go")};
  return {std::move(arrays), std::move(episodes), source_of_json(json.at("source")),
          std::move(totals)};
}

// Opens the file for `read` and returns its defect; "" for none, or if it does not exist.
std::string problem_of(const std::filesystem::path& path, const std::function<void(int)>& read) {
  const FileHandle file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (file.number() < 0 && (errno == ENOENT || errno == ENOTDIR)) return "";
  try {
    if (file.number() < 0) throw Unusable{"cannot be opened: " + errno_text(errno)};
    read(file.number());
    return "";
  } catch (const Unusable& unusable) {
    return unusable.reason;
  } catch (const Error& error) {
    return fmt::format("is damaged ({})", error.what());
  } catch (const Json::exception& error) {
    return fmt::format("is damaged ({})", error.what());
  }
}

}  // namespace

void write_prepared(const Trajectories& data, const Json& origin, SharedMemory& memory, int file) {
  memory.keep();
  const Json arrays = {{"observations", place_of(data.observations(), memory)},
                       {"actions", place_of(data.actions(), memory)},
                       {"rewards", place_of(data.rewards(), memory)},
                       {"returns_to_go", place_of(data.returns_to_go(), memory)},
                       {"next_observations", place_of(data.next_observations(), memory)}};
  const Json json = {{"origin", origin},
                     {"source", to_json(data.source())},
                     {"observation_dim", data.observation_dim()},
                     {"action_dim", data.action_dim()},
                     {"arrays", arrays},
                     {"observation_mean", data.observation_mean()},
                     {"observation_std", data.observation_std()},
                     {"fingerprint", data.fingerprint()},
                     {"scan", to_json(scan_dataset(data))}};
  std::string header = json.dump();
  Preamble preamble{.json_size = header.size()};
  append_episodes(header, data);
  preamble.header_offset = memory.end();
  preamble.header_size = header.size();
  preamble.header_hash = checksum_of(header);
  preamble.file_size = preamble.header_offset + preamble.header_size;
  preamble.hash = preamble.hash_above();
  write_at(file, preamble.header_offset, header);
  write_at(file, 0, {reinterpret_cast<const char*>(&preamble), sizeof preamble});
}

PreparedFile map_prepared(const std::filesystem::path& path, const Json& origin) {
  PreparedFile prepared;
  prepared.problem = problem_of(path, [&](int file) { prepared.data = map_file(file, origin); });
  return prepared;
}

PreparedOrigin read_prepared_origin(const std::filesystem::path& path) {
  PreparedOrigin prepared;
  prepared.problem =
      problem_of(path, [&](int file) { prepared.origin = read_header(file).json.at("origin"); });
  return prepared;
}

}  // namespace seqrl
