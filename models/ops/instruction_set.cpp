#include "models/ops/instruction_set.h"

#include "models/ops/cpu/instruction_set.h"

namespace seqrl {

const char* instruction_set() {
  return cpu::instruction_set();
}

}  // namespace seqrl
