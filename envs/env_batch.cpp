#include "envs/env_batch.h"

#include <utility>

#include "configs/base/error.h"
#include "envs/checked_env.h"

namespace seqrl {
namespace {

class SingleEnvs final : public EnvBatch {
 public:
  explicit SingleEnvs(std::vector<std::unique_ptr<Env>> envs)
      : envs_(std::move(envs)),
        observation_space_(envs_.at(0)->observation_space()),
        action_space_(envs_.at(0)->action_space()) {}

  const Space& observation_space() const override { return observation_space_; }
  const Space& action_space() const override { return action_space_; }
  bool is_concurrent() const override { return true; }

  void reset(std::span<const ResetRow> rows) override {
    for (const ResetRow& row : rows) reset_checked(*envs_[row.slot], row.seed, row.observation);
  }

  void step(std::span<StepRow> rows) override {
    for (StepRow& row : rows) {
      row.outcome = step_checked(*envs_[row.slot], row.action, row.observation);
    }
  }

  void release(std::size_t slot) override { envs_[slot].reset(); }

 private:
  std::vector<std::unique_ptr<Env>> envs_;
  Space observation_space_, action_space_;
};

}  // namespace

std::unique_ptr<EnvBatch> batch_of(std::vector<std::unique_ptr<Env>> envs) {
  SEQRL_CHECK(!envs.empty());
  return std::make_unique<SingleEnvs>(std::move(envs));
}

}  // namespace seqrl
