// The extension module seqrl._seqrl, which the package seqrl exposes to users.
#include <string>

#include "tools/python/bindings.h"

namespace {

// Before 2.12 pybind11 reads numpy 2's arrays with wrong strides.
void require_known_numpy() {
#if PYBIND11_VERSION_HEX < 0x020C0000
  const auto version = pybind11::module_::import("numpy").attr("__version__").cast<std::string>();
  if (std::stoi(version) < 2) return;
  throw pybind11::import_error(
      "seqrl: built with a pybind11 older than 2.12, which does not support numpy " + version +
      "; install numpy<2, or build seqrl with a newer pybind11");
#endif
}

}  // namespace

PYBIND11_MODULE(_seqrl, module) {
  require_known_numpy();
  module.doc() = "The C++ part of the seqrl package.";
  module.attr("__version__") = SEQRL_VERSION;
  seqrl::tools::bind_errors(module);
  seqrl::tools::bind_actor(module);
  seqrl::tools::bind_collect(module);
  seqrl::tools::bind_dataset(module);
  seqrl::tools::bind_env(module);
  seqrl::tools::bind_evaluate(module);
  seqrl::tools::bind_run(module);
  seqrl::tools::bind_train(module);
  seqrl::tools::bind_weights(module);
}
