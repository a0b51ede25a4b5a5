#include "configs/base/environment.h"

namespace seqrl {

std::optional<double> seconds_in_environment(const char* name, double usual) {
  if (std::getenv(name) == nullptr) return usual;
  const auto seconds = number_in_environment<double>(name);
  return seconds && *seconds >= 1 && *seconds <= 86400 ? seconds : std::nullopt;
}

}  // namespace seqrl
