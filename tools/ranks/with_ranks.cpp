#include "tools/ranks/with_ranks.h"

#include "configs/base/error.h"
#include "tools/ranks/launcher.h"

#ifdef SEQRL_WITH_MPI
#include "tools/ranks/mpi_ranks.h"
#endif

namespace seqrl::tools {
namespace {

class Alone : public Ranks {
 public:
  Communicator& communicator() override { return single_process(); }
  void set_advice(std::string) override {}
};

}  // namespace

int with_ranks(const std::function<bool()>& asked, const std::function<int(Ranks&)>& command) {
  const std::optional<Launch> launch = find_launch();
  if (!launch) {
    Alone alone;
    return command(alone);
  }
#ifdef SEQRL_WITH_MPI
  return with_mpi(*launch, asked, command);
#else
  (void)asked;
  reject(
      "{} has started {} processes, but this seqrl was built without MPI; install libopenmpi-dev "
      "or libmpich-dev and rebuild it, or set SEQRL_RANKS=off to let each process work "
      "independently",
      launch->launcher, launch->ranks);
#endif
}

}  // namespace seqrl::tools
