#include "models/core/safetensors.h"

#include <cstring>
#include <fstream>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/random.h"
#include "tests/catch.h"
#include "tests/full_disk.h"
#include "tests/temporary_folder.h"

using namespace seqrl;
using Catch::Matchers::Contains;

namespace {

template <typename T>
std::vector<T> values_of(const SafetensorsReader& file, std::string_view name, const Shape& shape) {
  std::vector<T> values(static_cast<std::size_t>(shape.size()));
  file.read(name, shape, std::span<T>(values));
  return values;
}

// The bytes of a file: the header's length, the header, the data.
std::string file_bytes(const std::string& json, const std::string& data) {
  const std::uint64_t length = json.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + json + data;
}

std::string message_of(const std::string& bytes) {
  const TemporaryFolder folder;
  std::ofstream(folder / "x.safetensors", std::ios::binary) << bytes;
  try {
    SafetensorsReader reader(folder / "x.safetensors");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    CHECK_THAT(error.what(), Contains("x.safetensors: "));
    CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos);
    return error.what();
  }
  return "no error";
}

std::string header_message(const std::string& json, std::size_t data_bytes) {
  return message_of(file_bytes(json, std::string(data_bytes, '\0')));
}

const std::vector<float> kWeights = {0.f, 0.25f, 0.5f, 0.75f, 1.f, 1.25f};

}  // namespace

TEST_CASE("written tensors and metadata are read back unchanged") {
  const TemporaryFolder folder;
  const std::vector<double> doubles = {1.0 / 3, -0.0};
  const std::vector<std::int64_t> step = {-1234567890123};
  const std::vector<std::uint8_t> odd = {7};
  const std::vector<TensorToStore> tensors = {
      to_store<std::uint8_t>("odd", {1}, odd), to_store<float>("layer.0/weight", {2, 3}, kWeights),
      to_store<double>("moment", {2}, doubles), to_store<std::int64_t>("step", {}, step),
      to_store<float>("nothing", {0, 5}, {})};
  write_safetensors(folder / "a", tensors, {{"config", "seed: 1\n\"dim\": 2\n"}});

  const SafetensorsReader file(folder / "a");
  CHECK(file.tensors().size() == 5);
  CHECK(values_of<float>(file, "layer.0/weight", {2, 3}) == kWeights);
  CHECK(values_of<double>(file, "moment", {2}) == doubles);
  CHECK(values_of<std::int64_t>(file, "step", {}) == step);
  CHECK(values_of<std::uint8_t>(file, "odd", {1}) == odd);
  CHECK(values_of<float>(file, "nothing", {0, 5}).empty());
  CHECK(file.metadata_at("config") == "seed: 1\n\"dim\": 2\n");
  for (const StoredTensor& tensor : file.tensors()) {
    CHECK(tensor.offset % stored_bytes(tensor.type) == 0);
  }
}

TEST_CASE("a flipped bit in tensors or metadata is detected") {
  const TemporaryFolder folder;
  const std::vector<double> doubles = {1.0 / 3, -0.0};
  const std::vector<TensorToStore> tensors = {to_store<float>("weight", {2, 3}, kWeights),
                                              to_store<double>("moment", {2}, doubles)};
  write_safetensors(folder / "a", tensors, {{"config", "dim: 2"}, {"step", "100"}});
  const std::string whole = read_file(folder / "a");
  CHECK(message_of(whole) == "no error");
  int unnoticed = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    if (message_of(flipped) == "no error") ++unnoticed;
  }
  // Flips in the checksum's own name or in the padding go unnoticed, and no others.
  CHECK(unnoticed <= 8 * static_cast<int>(std::string_view("checksum").size()));
  std::string flipped = whole;
  flipped.back() ^= 1;
  CHECK_THAT(message_of(flipped), Contains("damaged: its content does not match its checksum"));
}

TEST_CASE("the checksum does not depend on the order of tensors and metadata") {
  const std::string ends = "\"shape\":[1],\"data_offsets\":";
  const TemporaryFolder folder;
  const std::vector<float> one = {1}, two = {2};
  const std::vector<TensorToStore> tensors = {to_store<float>("a", {1}, one),
                                              to_store<float>("b", {1}, two)};
  write_safetensors(folder / "a", tensors, {{"step", "1"}});
  const std::string checksum = SafetensorsReader(folder / "a").metadata_at("checksum");
  const std::string data = read_file(folder / "a");
  const std::string floats = data.substr(data.size() - 8);
  const std::string header = "{\"b\":{\"dtype\":\"F32\"," + ends + "[0,4]},\"a\":{" + ends +
                             "[4,8],\"dtype\":\"F32\"}, \"__metadata__\":{\"step\":\"1\"," +
                             "\"checksum\":\"" + checksum + "\"}}";
  CHECK(message_of(file_bytes(header, floats.substr(4) + floats.substr(0, 4))) == "no error");
  CHECK_THAT(message_of(file_bytes(header, floats)), Contains("does not match its checksum"));
}

TEST_CASE("a file without tensors is valid") {
  const TemporaryFolder folder;
  write_safetensors(folder / "empty", {}, {});
  CHECK(SafetensorsReader(folder / "empty").tensors().empty());
}

TEST_CASE("a file written by the reference implementation is read") {
  const SafetensorsReader file(SEQRL_SOURCE_DIR "/tests/oracle/safetensors_fixture.safetensors");
  CHECK(values_of<float>(file, "weight", {2, 3}) == kWeights);
  CHECK(values_of<double>(file, "moment", {3}) == std::vector<double>{1.0 / 3, -2.5, 1e300});
  CHECK(values_of<std::int64_t>(file, "step", {}) == std::vector<std::int64_t>{-(1LL << 40)});
  CHECK(values_of<std::uint8_t>(file, "mask", {3, 1}) == std::vector<std::uint8_t>{1, 0, 255});
  CHECK(file.at("nothing").dims == std::vector<std::int64_t>{0, 7});
  CHECK(file.at("flags").type == StoredType::BOOL);
  CHECK(file.metadata() == StoredMetadata{{"format", "seqrl"}, {"ключ", "line\nbreak"}});
}

TEST_CASE("a request for a wrong tensor is an error with the nearest name, the shape or the type") {
  const SafetensorsReader file(SEQRL_SOURCE_DIR "/tests/oracle/safetensors_fixture.safetensors");
  CHECK_THROWS_WITH(file.at("wieght"), Contains("no tensor 'wieght'") && Contains("'weight'"));
  CHECK_THROWS_WITH(file.metadata_at("formt"), Contains("'format'"));
  CHECK_THROWS_WITH(values_of<float>(file, "weight", {3, 2}),
                    Contains("'weight' has shape (2, 3), expected (3, 2)"));
  CHECK_THROWS_WITH(values_of<float>(file, "weight", {6}), Contains("expected (6)"));
  CHECK_THROWS_WITH(values_of<double>(file, "weight", {2, 3}),
                    Contains("'weight' is of type F32, expected F64"));
}

TEST_CASE("a damaged header is an error that describes the damage") {
  const auto tensor = [](const std::string& name, const std::string& fields) {
    return "\"" + name + "\":{" + fields + "}";
  };
  const auto f32 = [&](const std::string& name, const std::string& shape,
                       const std::string& offsets) {
    return tensor(name, R"("dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets);
  };
  CHECK(header_message("{" + f32("a", "[2]", "[0,8]") + "}  ", 8) == "no error");

  CHECK_THAT(message_of(""), Contains("only 0 bytes"));
  CHECK_THAT(message_of("\x89HDF\r\n\x1a\n and more"), Contains("header would be"));
  CHECK_THAT(message_of(file_bytes("{}", "").substr(0, 9)), Contains("cut short"));
  CHECK_THAT(header_message("[]", 0), Contains("no JSON header"));
  CHECK_THAT(header_message("{} x", 0), Contains("not valid JSON at byte 4"));
  CHECK_THAT(header_message("{\"a\":", 0), Contains("not valid JSON"));
  CHECK_THAT(header_message("{\"\xff\":1}", 0), Contains("not valid JSON"));
  CHECK_THAT(header_message("{" + f32("a", "[2]", "[0,8]") + "}", 7), Contains("cut short"));
  CHECK_THAT(header_message("{" + f32("a", "[2]", "[0,8]") + "}", 9), Contains("1 bytes that"));
  CHECK_THAT(header_message("{" + f32("a", "[3]", "[0,8]") + "}", 8),
             Contains("\"a\" of type F32 and shape (3) cannot have 8 bytes"));
  CHECK_THAT(header_message("{" + f32("a", "[2]", "[4,12]") + "}", 12), Contains("leaves a gap"));
  CHECK_THAT(
      header_message("{" + f32("a", "[2]", "[0,8]") + "," + f32("b", "[2]", "[4,12]") + "}", 12),
      Contains("\"b\" overlaps"));
  CHECK_THAT(header_message("{" + f32("a", "[2]", "[8,0]") + "}", 8), Contains("[begin, end]"));
  CHECK_THAT(header_message("{" + f32("a", "[2]", "[0,8,8]") + "}", 8), Contains("[begin, end]"));
  CHECK_THAT(header_message("{" + f32("a", "[-2]", "[0,8]") + "}", 8), Contains("negative"));
  CHECK_THAT(header_message("{" + f32("a", "[2.5]", "[0,8]") + "}", 8), Contains("fraction"));
  CHECK_THAT(header_message("{" + f32("a", "[18446744073709551615]", "[0,8]") + "}", 8),
             Contains("too large"));
  CHECK_THAT(header_message("{" + f32("a", "[4294967296,4294967296,2]", "[0,0]") + "}", 0),
             Contains("cannot have 0 bytes"));
  CHECK_THAT(header_message("{" + f32("a", "[]", "[0,4]") + "," + f32("a", "[]", "[4,8]") + "}", 8),
             Contains("name \"a\" appears twice"));
  CHECK_THAT(header_message("{" + tensor("a", R"("dtype":"F32","dtype":"F32")") + "}", 0),
             Contains("\"dtype\" appears twice"));
  CHECK_THAT(header_message("{" + tensor("a", R"("dtype":"F31")") + "}", 0), Contains("\"F31\""));
  CHECK_THAT(header_message("{" + tensor("a", R"("dtype":"F32")") + "}", 0),
             Contains("no 'shape'"));
  CHECK_THAT(header_message("{" + tensor("a", R"("colour":1)") + "}", 0), Contains("\"colour\""));
  CHECK_THAT(header_message(R"({"a":1})", 0),
             Contains("a number where its header must describe a tensor"));
  CHECK_THAT(header_message(R"({"__metadata__":{"a":1}})", 0), Contains("a number in \"a\""));
  CHECK_THAT(header_message("{" + tensor("line\\nbreak", R"("dtype":null)") + "}", 0),
             Contains("null"));
}

TEST_CASE("deep nesting is rejected at its third level") {
  std::string bomb = "{\"a\":{\"shape\":";
  bomb.append(1'000'000, '[');
  CHECK_THAT(header_message(bomb, 0), Contains("a list in \"shape\""));
  std::string objects = "{\"__metadata__\":";
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK_THAT(header_message(objects, 0), Contains("metadata: an object in \"a\""));
}

TEST_CASE("mutated headers are rejected or consistent, and never crash") {
  const std::string bytes =
      read_file(SEQRL_SOURCE_DIR "/tests/oracle/safetensors_fixture.safetensors");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  const std::string header = bytes.substr(sizeof length, length);
  const std::uint64_t data_bytes = bytes.size() - sizeof length - length;
  const std::string alphabet = "{}[]\",:0123456789-.eF_\\u ";

  int accepted = 0, rejected = 0;
  for (std::uint64_t mutation = 0; mutation < 20'000; ++mutation) {
    Random random(7, Purpose::test, mutation);
    std::string mutant = header;
    for (std::uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
      const std::size_t at = random.below(mutant.size());
      const char letter = random.below(8) == 0 ? static_cast<char>(random.below(256))
                                               : alphabet[random.below(alphabet.size())];
      switch (random.below(4)) {
        case 0:
          mutant[at] = letter;
          break;
        case 1:
          mutant.insert(at, 1, letter);
          break;
        case 2:
          mutant.erase(at, 1 + random.below(8));
          break;
        case 3:
          mutant.insert(at, mutant.substr(random.below(mutant.size()), 40));
          break;
      }
      if (mutant.empty()) mutant.push_back(' ');
    }
    try {
      const SafetensorsHeader parsed = parse_safetensors_header(mutant, data_bytes, "mutant");
      std::uint64_t covered = 0;
      for (const StoredTensor& tensor : parsed.tensors) {
        REQUIRE(tensor.offset == sizeof length + mutant.size() + covered);
        REQUIRE(stored_size(tensor.type, tensor.dims) == tensor.bytes);
        covered += tensor.bytes;
      }
      REQUIRE(covered == data_bytes);
      ++accepted;
    } catch (const Error& error) {
      REQUIRE(error.kind() == ErrorKind::user);
      ++rejected;
    }
  }
  CHECK(accepted > 100);  // a changed name or metadata string
  CHECK(rejected > 10'000);
}

TEST_CASE("a file truncated at any byte is an error") {
  const std::string bytes =
      read_file(SEQRL_SOURCE_DIR "/tests/oracle/safetensors_fixture.safetensors");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    INFO(size);
    REQUIRE(message_of(bytes.substr(0, size)) != "no error");
  }
}

TEST_CASE("a full disk leaves the old file unchanged") {
  const TemporaryFolder folder;
  const auto path = folder / "checkpoint";
  write_safetensors(path, {}, {{"step", "1"}});
  const std::vector<float> big(1 << 16);
  const std::vector<TensorToStore> tensors = {to_store<float>("big", {1 << 16}, big)};
  try {
    const FullDisk full(1 << 12);
    write_safetensors(path, tensors, {{"step", "2"}});
    FAIL("a full disk must be an error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::failure);
    CHECK(std::string(error.what()) == "cannot write " + path.string() + ": File too large");
  }
  CHECK(SafetensorsReader(path).metadata_at("step") == "1");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("metadata that is not UTF-8 is rejected, and a missing file is named") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(write_safetensors(folder / "a", {}, {{"path", "\xff\xfe"}}),
                    Contains("not valid UTF-8"));
  CHECK_THROWS_WITH(SafetensorsReader(folder / "b"), Contains("/b: No such file"));
  CHECK_THROWS_WITH(SafetensorsReader(folder.path()), Contains("not a file"));
}
