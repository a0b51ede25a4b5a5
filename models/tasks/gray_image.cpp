#include "models/tasks/gray_image.h"

#include <fmt/format.h>

#include <algorithm>

#include "configs/base/error.h"
#include "configs/base/files.h"

namespace seqrl {

void GrayImageConfig::fields(Fields& field) {
  field("data", data,
        "a folder with CIFAR-10's binary version: data_batch_1.bin … data_batch_5.bin and "
        "test_batch.bin",
        not_empty(), required(), file_path());
  ClassificationConfig::fields(field);
}

GrayImage::GrayImage(const GrayImageConfig& config, std::uint64_t seed)
    : FiniteTask({.symbols = 256, .classes = 10, .answers = config.answers()}, seed) {
  for (int i = 1; i <= 5; ++i) read(fmt::format("{}/data_batch_{}.bin", config.data, i), training_);
  if (config.evaluate_on == "test") {
    read(config.data + "/test_batch.bin", evaluation_);
    return;
  }
  const std::size_t kept = training_.size() - std::max<std::size_t>(training_.size() / 10, 1);
  evaluation_.assign(training_.begin() + static_cast<std::ptrdiff_t>(kept), training_.end());
  training_.resize(kept);
  SEQRL_REQUIRE(kept > 0, "{}: one image is too few to train and validate on", config.data);
}

void GrayImage::read(const std::string& path, std::vector<Image>& images) {
  constexpr std::size_t kRecord = 1 + 3 * kPixels;  // label; all red, all green, all blue pixels
  const std::string bytes = read_task_data(path);
  SEQRL_REQUIRE(!bytes.empty() && bytes.size() % kRecord == 0,
                "{}: has {} bytes, expected a multiple of {}; is it CIFAR-10's binary version?",
                path, bytes.size(), kRecord);
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  for (std::size_t record = 0; record < bytes.size(); record += kRecord) {
    Image& image = images.emplace_back();
    image.label = byte(record);
    SEQRL_REQUIRE(image.label < 10, "{}: image {} is of class {}, expected 0 to 9", path,
                  record / kRecord, image.label);
    for (std::size_t i = 0; i < kPixels; ++i) {
      // As in TensorFlow's rgb_to_grayscale, which scales by 255.5 instead of rounding.
      const std::size_t red = record + 1 + i;
      const double gray =
          0.2989 * byte(red) + 0.587 * byte(red + kPixels) + 0.114 * byte(red + 2 * kPixels);
      image.pixels[i] = static_cast<std::uint8_t>(std::min(gray / 255 * 255.5, 255.0));
    }
  }
}

void GrayImage::write(Split split, std::int64_t index, Example& example) const {
  const Image& image = of(split)[static_cast<std::size_t>(index)];
  for (const std::uint8_t pixel : image.pixels) example.add(pixel);
  example.answer(image.label);
}

}  // namespace seqrl
