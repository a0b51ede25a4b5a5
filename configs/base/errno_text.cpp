#include "configs/base/errno_text.h"

#include <system_error>

namespace seqrl {

std::string errno_text(int error) {
  return std::generic_category().message(error);
}

}  // namespace seqrl
