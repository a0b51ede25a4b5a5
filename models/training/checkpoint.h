// Checkpoints: parameter blocks, optimizers, numbers and texts by name, in one safetensors file.
#pragma once

#include <charconv>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "models/core/safetensors.h"
#include "models/nn/parameter_block.h"
#include "models/training/optimizer.h"

namespace seqrl {

// Writes a checkpoint. Keeps references to added data, which must not change or move until write();
// data in a device's memory is copied.
class CheckpointWriter {
 public:
  // Every parameter, as prefix + its name.
  void add(const ParameterBlock& block, const std::string& prefix);
  // The moments of an optimizer of that block, from all ranks, as prefix + "first_moment." + the
  // parameter's name and so on. The number of updates, as the text prefix + "updates" with '_'
  // instead of '.' in the prefix. All ranks call it; only rank 0's writer gets the data.
  void add(AdamW& optimizer, const ParameterBlock& block, const std::string& prefix);
  void add(const std::string& name, const std::vector<double>& values);
  void add_text(const std::string& name, std::string text);

  // A number, as a text from which number() reads the same bits.
  template <typename T>
  void add_number(const std::string& name, T value) {
    char text[64];
    const auto result = std::to_chars(text, text + sizeof text, value);
    add_text(name, {text, result.ptr});
  }

  // Writes the whole file or nothing; an Error of kind failure when the file cannot be written.
  // `check` as in write_safetensors().
  void write(const std::filesystem::path& path, const std::function<void()>& check = {}) const;

 private:
  void add_block(const ParameterBlock& block, const Tensor& flat, const std::string& prefix);

  std::vector<TensorToStore> tensors_;
  std::deque<Storage> copies_;
  StoredMetadata texts_;
};

// Reads a checkpoint. A damaged or missing part is an Error of kind user that names the file and,
// for a run's last.safetensors, also the previous.safetensors next to it.
class CheckpointReader {
 public:
  explicit CheckpointReader(const std::filesystem::path& path);
  // A file's content in memory, which must outlive the reader; messages use `name`.
  CheckpointReader(const std::string& name, std::string_view content);

  bool has_text(const std::string& name) const { return file_.metadata().contains(name); }
  const std::string& text(const std::string& name) const { return file_.metadata_at(name); }
  std::vector<double> values(const std::string& name, std::int64_t count) const;
  // The number of elements of all tensors with names that begin with `prefix`.
  std::int64_t count(std::string_view prefix) const;
  void read(const ParameterBlock& block, const std::string& prefix) const;
  void read(AdamW& optimizer, const ParameterBlock& block, const std::string& prefix) const;

  template <typename T>
  T number(const std::string& name) const {
    const std::string& digits = text(name);
    T value{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    SEQRL_REQUIRE(error == std::errc() && end == digits.data() + digits.size(),
                  "{}: metadata '{}' is '{}', not a number; the checkpoint is damaged", path_, name,
                  digits);
    return value;
  }

  const std::string& path() const { return path_; }

 private:
  void read_block(const ParameterBlock& block, const Tensor& part, std::int64_t first,
                  const std::string& prefix) const;

  std::string path_;
  SafetensorsReader file_;
};

}  // namespace seqrl
