#include "models/ops/windows.h"

#include "models/ops/cuda/windows.h"
#include "models/ops/op.h"

namespace seqrl {

Windows draw_windows(Tape& tape, const ResidentEpisodes& episodes, const WindowRows& rows,
                     std::int64_t context) {
  constexpr const char* kOp = "draw_windows";
  SEQRL_CHECK(op::on_cuda(tape));
  const std::int64_t transitions = episodes.returns_to_go.size();
  const DType dtype = episodes.observations.dtype();
  SEQRL_REQUIRE(transitions > 0, "{}: there are no transitions", kOp);
  const WindowShares shares =
      episodes.shares.count == 0 ? WindowShares::even(transitions) : episodes.shares;
  op::require_dtype(kOp, "timesteps", episodes.timesteps, DType::i32);
  op::require_shape(kOp, "timesteps", episodes.timesteps, {transitions});
  op::require_dtype(kOp, "remaining", episodes.remaining, DType::i32);
  op::require_shape(kOp, "remaining", episodes.remaining, {transitions});
  const std::int64_t observation_dim = episodes.observations.dim(1);
  const std::int64_t action_dim = episodes.actions.dim(1);
  op::require_shape(kOp, "observations", episodes.observations, {transitions, observation_dim});
  op::require_shape(kOp, "actions", episodes.actions, {transitions, action_dim});

  SEQRL_CHECK(0 <= rows.first && rows.first < rows.last && rows.last <= rows.batch);
  const std::int64_t batch = rows.last - rows.first;
  const Windows windows{.observations = tape.constant({batch, context, observation_dim}, dtype),
                        .actions = tape.constant({batch, context, action_dim}, dtype),
                        .returns_to_go = tape.constant({batch, context, 1}, dtype),
                        .timesteps = tape.constant({batch, context}, DType::i32),
                        .mask = tape.constant({batch, context}, dtype),
                        .count = tape.constant({1}, dtype)};
  auto* starts = tape.scratch<std::int64_t>(rows.batch);
  const Pass& pass = tape.pass();
  dispatch(dtype, [&]<typename T>(T) {
    const cuda::Recorded<T> from{transitions,
                                 observation_dim,
                                 action_dim,
                                 episodes.observations.data<T>(),
                                 episodes.actions.data<T>(),
                                 episodes.returns_to_go.data<T>(),
                                 episodes.timesteps.data<std::int32_t>(),
                                 episodes.remaining.data<std::int32_t>()};
    cuda::draw_starts<T>({pass.seed, pass.step, pass.step_on_device}, from, shares, rows.batch,
                         context, starts, windows.count.data<T>());
    cuda::cut_windows<T>(
        from, batch, context, starts + rows.first,
        {windows.observations.data<T>(), windows.actions.data<T>(), windows.returns_to_go.data<T>(),
         windows.timesteps.data<std::int32_t>(), windows.mask.data<T>()});
  });
  return windows;
}

}  // namespace seqrl
