#include "configs/base/error.h"

namespace seqrl {

void fail_internal_check(const char* condition, const char* file, int line) {
  throw Error(ErrorKind::internal,
              fmt::format("internal error: '{}' does not hold at {}:{}; please report this",
                          condition, file, line));
}

}  // namespace seqrl
