#include "tests/fuzz/targets.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "agents/datasets/hdf5_writer.h"
#include "agents/datasets/load.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "envs/checks/recording.h"
#include "models/core/safetensors.h"
#include "tests/agents/datasets/npz_writer.h"
#include "tests/configs/example_config.h"
#include "tests/temporary_folder.h"

namespace {

using seqrl::Hdf5Writer;
using Strings = std::vector<std::string>;

const TemporaryFolder& folder() {
  static const TemporaryFolder folder;
  return folder;
}

std::filesystem::path write(const std::string& name, const std::string& bytes) {
  const std::filesystem::path path = folder() / name;
  std::filesystem::create_directories(path.parent_path());
  seqrl::OutputFile file(path, seqrl::OutputFile::Mode::replace);
  file.write(bytes);
  return path;
}

// A config, followed by an override after each line "=".
Strings config_seeds() {
  return {
      "# a run\nseed: 1\nenv: {kind: ant, observations: 111}\ndataset: {path: \"a.hdf5\"}\n"
      "backbone:\n  kind: min_gru\n  dim: &dim 128\n  expansion: 2.5\n"
      "training: {steps: 1e5, lr: 1e-4, clip: null}\nevaluation:\n  targets: [3600, 1800]\n"
      "  mode:\n    - window\n    - 'stream'\n",
      "env: hopper\ndataset: {path: a}\n=\nbackbone=mamba\n=\nbackbone.d_state=4\n",
      "env: hopper\ndataset: {path: a}\n=\nbackbone={kind: transformer, heads: 2}\n=\nseed=3\n"};
}

void read_config(const std::string& input) {
  std::string text;
  Strings overrides;
  std::string* into = &text;
  std::istringstream lines(input);
  for (std::string line; std::getline(lines, line);) {
    if (line == "=") {
      into = &overrides.emplace_back();
    } else {
      *into += (into->empty() || into == &text ? "" : "\n") + line;
      if (into == &text) *into += "\n";
    }
  }
  const std::string printed = seqrl::print_config(seqrl::read_example(text, overrides));
  const std::string again = seqrl::print_config(seqrl::read_example(printed));
  if (again != printed) throw std::logic_error("printed differently when it is read again");
}

Strings safetensors_seeds() {
  const auto file = [](const std::string& header, std::size_t bytes) {
    std::string text(8, '\0');
    const std::uint64_t length = header.size();
    std::memcpy(text.data(), &length, sizeof length);
    return text + header + std::string(bytes, '\x3F');
  };
  return {file(R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}})", 24),
          file(R"({"__metadata__":{"format":"pt"},"w":{"dtype":"F64","shape":[1],)"
               R"("data_offsets":[0,8]},"b":{"dtype":"U8","shape":[],"data_offsets":[8,9]}})",
               9)};
}

void read_safetensors(const std::string& input) {
  const seqrl::SafetensorsReader reader("x.safetensors", input);
  for (const seqrl::StoredTensor& tensor : reader.tensors()) {
    if (tensor.type != seqrl::StoredType::F32 || tensor.dims.size() > 2) continue;
    const auto rows = tensor.dims.empty() ? 1 : tensor.dims[0];
    const auto columns = tensor.dims.size() < 2 ? 1 : tensor.dims[1];
    std::vector<float> values(tensor.bytes / sizeof(float));
    reader.read<float>(tensor.name, seqrl::Shape{rows, columns}, values);
  }
}

Strings recording_seeds() {
  const std::string zeros6 = "[0,1.25,0,0,0,0]", zeros11 = "[0,0,0,0,0,0,0,0,0,0,0]";
  const std::string step =
      R"({"action":[0.5,0,-1],"obs":)" + zeros11 + R"(,"reward":1.5,"terminated":false})";
  return {R"({"env":"hopper","mujoco_version":"2.2.2","frame_skip":4,"dt":0.008,"model":{},)"
          R"("episodes":[{"qpos":)" +
          zeros6 + R"(,"qvel":)" + zeros6 + R"(,"obs0":)" + zeros11 + R"(,"steps":[)" + step + "," +
          step + "]}]}"};
}

void read_recording(const std::string& input) {
  seqrl::read_recording(write("x.json", input));
}

// A file of 8 transitions in two episodes, in the d4rl or minari format.
std::string small_dataset(bool minari) {
  const std::filesystem::path path = folder() / "seed.hdf5";
  Hdf5Writer file(path);
  const std::vector<float> values(24, 0.5f);
  const std::span<const float> numbers(values);
  const std::vector<std::uint8_t> ends = {0, 0, 0, 1, 0, 0, 0, 1}, none(8, 0);
  if (minari) {
    for (const char* group : {"episode_0", "episode_1"}) {
      const std::string at = std::string(group) + "/";
      file.add(at + "observations", {5, 2}, numbers.first(10));
      file.add(at + "actions", {4, 1}, numbers.first(4));
      file.add(at + "rewards", {4}, numbers.first(4));
      file.add_flags(at + "terminations", {4}, std::span(ends).first(4));
      file.add_flags(at + "truncations", {4}, std::span(none).first(4));
    }
  } else {
    file.add("observations", {8, 2}, numbers.first(16));
    file.add("actions", {8, 1}, numbers.first(8));
    file.add("rewards", {8}, numbers.first(8));
    file.add_flags("terminals", {8}, ends);
    file.add_flags("timeouts", {8}, none);
  }
  file.close();
  return seqrl::read_file(path);
}

void read_d4rl(const std::string& input) {
  seqrl::load_dataset(write("x.hdf5", input).string());
}

void read_minari(const std::string& input) {
  write("tiny-v0/data/metadata.json",
        R"({"dataset_id":"tiny-v0","data_format":"hdf5","total_episodes":2,"total_steps":8})");
  write("tiny-v0/data/main_data.hdf5", input);
  seqrl::load_dataset((folder() / "tiny-v0").string());
}

// metadata.json of a dataset with observations in several parts.
Strings metadata_seeds() {
  return {R"({"dataset_id":"tiny-v0","data_format":"hdf5","total_episodes":2,"total_steps":8,)"
          R"("observation_space":"{\"type\": \"Dict\", \"subspaces\": {\"a\": {\"type\":)"
          R"( \"Box\", \"shape\": [2], \"low\": [-Infinity, 0.0]}, \"b\": {\"type\":)"
          R"( \"Discrete\", \"n\": 4, \"start\": 0}}}",)"
          R"("action_space":"{\"type\": \"Box\", \"shape\": [1], \"low\": [-1.0]}"})"};
}

void read_metadata(const std::string& input) {
  static const std::string data = [] {
    const std::filesystem::path path = folder() / "parts.hdf5";
    Hdf5Writer file(path);
    const std::vector<float> values(24, 0.5f), choices = {0, 1, 2, 3, 0};
    const std::span<const float> numbers(values);
    const std::vector<std::uint8_t> ends = {0, 0, 0, 1};
    for (const char* group : {"episode_0", "episode_1"}) {
      const std::string at = std::string(group) + "/";
      file.add(at + "observations/a", {5, 2}, numbers.first(10));
      file.add(at + "observations/b", {5}, std::span<const float>(choices));
      file.add(at + "actions", {4, 1}, numbers.first(4));
      file.add(at + "rewards", {4}, numbers.first(4));
      file.add_flags(at + "terminations", {4}, ends);
      file.add_flags(at + "truncations", {4}, ends);
    }
    file.close();
    return seqrl::read_file(path);
  }();
  write("parts-v0/data/metadata.json", input);
  write("parts-v0/data/main_data.hdf5", data);
  seqrl::load_dataset((folder() / "parts-v0").string());
}

Strings npz_seeds() {
  NpzArrays arrays;
  arrays["observations"] = npy<float>("<f4", {8, 2}, std::vector<float>(16, 0.5f));
  arrays["actions"] = npy<double>("<f8", {8, 1}, std::vector<double>(8, 0.5));
  arrays["terminals"] = npy<std::uint8_t>("|b1", {8}, {0, 0, 0, 1, 0, 0, 0, 1});
  return {npz(arrays, false), npz(arrays, true)};
}

void read_npz(const std::string& input) {
  seqrl::load_dataset(write("x.npz", input).string());
}

}  // namespace

std::span<const FuzzTarget> fuzz_targets() {
  static const std::array targets = {
      FuzzTarget{"config", config_seeds, read_config},
      FuzzTarget{"safetensors", safetensors_seeds, read_safetensors},
      FuzzTarget{"recording", recording_seeds, read_recording},
      FuzzTarget{"d4rl", [] { return Strings{small_dataset(false)}; }, read_d4rl},
      FuzzTarget{"minari", [] { return Strings{small_dataset(true)}; }, read_minari},
      FuzzTarget{"minari_metadata", metadata_seeds, read_metadata},
      FuzzTarget{"npz", npz_seeds, read_npz}};
  return targets;
}

std::string fault(const FuzzTarget& target, const std::string& input) {
  try {
    target.read(input);
    return "";
  } catch (const seqrl::Error& error) {
    const std::string message = error.what();
    const bool good =
        error.kind() == seqrl::ErrorKind::user && message.find('\n') == std::string::npos;
    return good ? "" : "an error that is not of kind user, or has several lines: " + message;
  } catch (const std::exception& error) {
    return error.what();
  }
}
