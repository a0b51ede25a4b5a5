// Gathers records that ranks have played.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agents/collection/record.h"
#include "models/training/communicator.h"

namespace seqrl {

// Sends records[i] from the rank that played it to rank 0: rank r played those from bounds[r] to
// bounds[r + 1]. Returns on all ranks how many transitions each record has; on ranks other than 0,
// the others' records are then undefined.
std::vector<std::int64_t> gather_records(Communicator& ranks, std::span<Record> records,
                                         std::span<const std::int64_t> bounds);

}  // namespace seqrl
