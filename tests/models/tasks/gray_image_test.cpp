#include "models/tasks/gray_image.h"

#include <fstream>
#include <set>

#include "configs/base/error.h"
#include "tests/catch.h"
#include "tests/models/tasks/written.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

// A record of CIFAR-10's binary version: label, then the red, the green and the blue plane.
std::string record(int label, int red, int green, int blue) {
  std::string bytes(1, static_cast<char>(label));
  for (const int level : {red, green, blue}) bytes += std::string(1024, static_cast<char>(level));
  return bytes;
}

}  // namespace

TEST_CASE("gray images are read from CIFAR-10's binary version") {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::string& bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
  };
  for (int i = 1; i <= 5; ++i) {
    write("data_batch_" + std::to_string(i) + ".bin", record(i, 0, 0, 10 * i) + record(0, 9, 9, 9));
  }
  std::string image = record(7, 255, 0, 0) + record(3, 255, 255, 255) + record(2, 0, 128, 0);
  image[1 + 1023] = 0;  // the last red pixel of the first image
  write("test_batch.bin", image);
  GrayImageConfig config;
  config.data = folder.path().string();
  const GrayImage task(config, 1);
  CHECK(task.size(Split::training) == 10);
  const auto tested = evaluation_examples(task);
  REQUIRE(tested.size() == 3);
  CHECK(tested[0].answers()[0] == 7);
  CHECK(tested[0].tokens().size() == 1024);
  CHECK(tested[0].tokens()[0] == 76);  // 0.2989 · 255.5 and below
  CHECK(tested[0].tokens()[1022] == 76);
  CHECK(tested[0].tokens()[1023] == 0);
  CHECK(tested[1].tokens()[0] == 255);
  CHECK(tested[2].tokens()[5] == 75);
  std::set<std::int32_t> labels;
  for (const Written& example : training_examples(task, 100)) labels.insert(example.answers()[0]);
  CHECK(labels == std::set<std::int32_t>{0, 1, 2, 3, 4, 5});

  config.evaluate_on = "validation";
  const GrayImage validated(config, 1);
  CHECK(validated.size(Split::training) == 9);
  CHECK(evaluation_examples(validated)[0].answers()[0] == 0);

  write("data_batch_4.bin", record(10, 0, 0, 0));
  CHECK_THROWS_WITH(GrayImage(config, 1), Catch::Contains("image 0 is of class 10"));
  write("data_batch_4.bin", record(1, 0, 0, 0) + "x");
  CHECK_THROWS_WITH(GrayImage(config, 1), Catch::Contains("3074 bytes, expected a multiple of"));
}
