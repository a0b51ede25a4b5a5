// Records that ranks have played, brought together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agents/collection/record.h"
#include "models/training/communicator.h"

namespace seqrl {

// Brings records[i] from the rank that played it to rank 0: rank r those from bounds[r] to
// bounds[r + 1]. All ranks learn how many transitions each record has; what the others' records
// hold then, but on rank 0, is undefined.
std::vector<std::int64_t> gather_records(Communicator& ranks, std::span<Record> records,
                                         std::span<const std::int64_t> bounds);

}  // namespace seqrl
