// Uses the library for acting alone, with a shipped policy and with a run's checkpoint.
#include <seqrl/actor.h>

#include <cstdio>

int main(int argc, char** argv) {
  using namespace seqrl;
  try {
    Actor actor(argc > 1 ? argv[1] : "hopper-expert");
    const Eigen::VectorXd observation = Eigen::VectorXd::Zero(actor.observation_dim());
    actor.reset(100);
    const Eigen::VectorXd action = actor.act(observation, 0);
    const std::vector<double> same(static_cast<std::size_t>(actor.observation_dim()), 0.0);
    actor.reset(100);
    const auto again = actor.act(same, 0.0);
    const bool right = action.size() == actor.action_dim() && action.allFinite() &&
                       std::equal(action.begin(), action.end(), again.begin());
    return right ? 0 : 1;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
