// Gray image, a task of Long Range Arena: classify an image from the sequence of its pixels.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/tasks/config.h"
#include "models/tasks/task.h"

namespace seqrl {

struct GrayImageConfig : ClassificationConfig {
  std::string data;  // a folder with CIFAR-10's files

  void fields(Fields& field);
};

// CIFAR-10 images of 32 × 32 pixels with 256 gray levels, row by row, in ten classes: the image
// task of Long Range Arena (Tay et al., arXiv 2011.04006). Reads the binary version of the dataset,
// data_batch_{1…5}.bin and test_batch.bin. For evaluation on validation, the last tenth of the
// training images is excluded from training.
class GrayImage : public FiniteTask {
 public:
  GrayImage(const GrayImageConfig& config, std::uint64_t seed);

  std::int64_t training_length() const override { return kPixels; }
  std::int64_t evaluation_length() const override { return kPixels; }
  std::int64_t size(Split split) const override {
    return static_cast<std::int64_t>(of(split).size());
  }

 protected:
  void write(Split split, std::int64_t index, Example& example) const override;

 private:
  static constexpr std::size_t kPixels = 32 * 32;
  struct Image {
    std::int32_t label;
    std::array<std::uint8_t, kPixels> pixels;
  };
  static void read(const std::string& path, std::vector<Image>& images);
  const std::vector<Image>& of(Split split) const {
    return split == Split::training ? training_ : evaluation_;
  }

  std::vector<Image> training_, evaluation_;
};

}  // namespace seqrl
