#include "agents/learning/trainer_options.h"

#include "configs/schema/config.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("a trainer's options come from the config's section training") {
  const auto config = read_config_text<RunConfig>(
      "{seed: 5, env: hopper, training: {steps: 9, batch: 6, shards: 3, lr: 0.5, warmup: 2, "
      "schedule: cosine, weight_decay: 0.25, clip: 2}}",
      "test");
  const TrainerOptions options = trainer_options(config);
  CHECK(options.seed == 5);
  CHECK(options.steps == 9);
  CHECK(options.batch == 6);
  CHECK(options.shards == 3);
  CHECK(options.lr == 0.5);
  CHECK(options.warmup == 2);
  CHECK(options.schedule == Schedule::cosine);
  CHECK(options.adamw.weight_decay == 0.25);
  CHECK(options.adamw.clip == 2);
}

TEST_CASE("precisions and schedules of a config map to the trainer's") {
  const auto options = [](const std::string& setting) {
    return trainer_options(
        read_config_text<RunConfig>("{env: hopper, training: {" + setting + "}}", "test"));
  };
  CHECK(options("precision: float32").precision == Precision::float32);
  CHECK(options("precision: tf32").precision == Precision::tf32);
  CHECK(options("precision: bf16").precision == Precision::bf16);
  CHECK(options("schedule: constant").schedule == Schedule::constant);
}
