#include "models/training/checkpoint.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "tests/catch.h"

using namespace seqrl;

namespace {

struct Model : Module {
  Model() : Module(nullptr, "") {}
  Parameter weight{this, "weight", {3, 5}, init::normal(1), Decay::yes};
  Parameter bias{this, "bias", {3}, init::normal(1), Decay::no};
};

// A folder that is removed with this object.
struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / "seqrl-checkpoint-test";
  Folder() { std::filesystem::create_directories(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
};

// The message of the Error, or "".
template <typename Call>
std::string message_from(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

bool says(const std::string& message, const char* part) {
  return message.find(part) != std::string::npos;
}

std::vector<float> block_values(const Tensor& tensor) {
  const auto all = tensor.span<float>();
  return {all.begin(), all.end()};
}

}  // namespace

TEST_CASE("blocks, optimizers, numbers and texts are read back unchanged") {
  const Folder folder;
  const auto file = folder.path / "one.safetensors";
  Model model, other;
  const ParameterBlock block(model, DType::f32, 1), empty(other, DType::f32, 2);
  AdamW optimizer(block, {}), fresh(empty, {});
  const Storage gradients = block.make_buffer();
  const Tensor gradient(gradients.data(), block.flat().shape(), DType::f32);
  for (const ParameterBlock::Entry& entry : block.entries()) {
    gradient.data<float>()[entry.offset] = 0.5f;
  }
  ThreadPool pool(1);
  for (int i = 0; i < 3; ++i) {
    gradient.data<float>()[0] = 0.5f;
    optimizer.step(std::span(&gradient, 1), 0.1, pool);
  }
  const std::vector<double> scores = {1.5, -2, std::numeric_limits<double>::denorm_min()};
  CheckpointWriter writer;
  writer.add(block, "model.");
  writer.add(optimizer, block, "optimizer.");
  writer.add("scores", scores);
  writer.add_text("agent", "a text");
  writer.add_number("third", 1.0 / 3);
  writer.add_number("large", std::int64_t{1} << 62);
  writer.write(file);

  const CheckpointReader reader(file);
  reader.read(empty, "model.");
  reader.read(fresh, empty, "optimizer.");
  CHECK(block_values(empty.flat()) == block_values(block.flat()));
  CHECK(block_values(fresh.first_moment()) == block_values(optimizer.first_moment()));
  CHECK(block_values(fresh.second_moment()) == block_values(optimizer.second_moment()));
  CHECK(fresh.updates() == 3);
  CHECK(reader.values("scores", 3) == scores);
  CHECK(reader.text("agent") == "a text");
  CHECK(reader.number<double>("third") == 1.0 / 3);
  CHECK(reader.number<std::int64_t>("large") == std::int64_t{1} << 62);
  CHECK(reader.count("model.") == 18);
  CHECK(reader.has_text("agent"));
  CHECK_FALSE(reader.has_text("step"));
}

TEST_CASE("missing values and invalid numbers are errors that name the file") {
  const Folder folder;
  const auto file = folder.path / "one.safetensors";
  Model model;
  const ParameterBlock block(model, DType::f32, 1);
  CheckpointWriter writer;
  writer.add(block, "model.");
  writer.add_text("step", "12x");
  writer.write(file);
  const CheckpointReader reader(file);
  const std::string number = message_from([&] { reader.number<std::int64_t>("step"); });
  CHECK(says(number, "metadata 'step' is '12x', not a number"));
  CHECK(says(number, "one.safetensors"));
  CHECK(says(message_from([&] { reader.read(block, "agent."); }), "one.safetensors"));
  CHECK(says(message_from([&] { reader.text("steps"); }), "one.safetensors"));
}

TEST_CASE("the error for a damaged last.safetensors suggests the previous one") {
  const Folder folder;
  const auto open = [&] { CheckpointReader reader(folder.path / "last.safetensors"); };
  std::ofstream(folder.path / "last.safetensors") << "no checkpoint";
  CHECK(says(message_from(open), "last.safetensors"));
  CHECK_FALSE(says(message_from(open), "previous"));
  std::ofstream(folder.path / "previous.safetensors") << "one";
  CHECK(says(message_from(open), "to resume from the previous one, copy"));
}
