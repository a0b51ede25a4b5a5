// Replaces cuDNN if it was not found.
#include "configs/base/error.h"
#include "tools/bench/gpu/cudnn.h"

namespace seqrl::tools::bench {

const char* cudnn_problem() {
  return "gpu_bench was built without it";
}

std::unique_ptr<RecurrentLayer> make_cudnn_layer(std::size_t, const RecurrentSizes&,
                                                 const RecurrentInputs&) {
  fail("{}", cudnn_problem());
}

}  // namespace seqrl::tools::bench
