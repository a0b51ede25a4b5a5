// The memory that this process can still take.
#pragma once

#include <cstdint>
#include <string>

namespace seqrl {

// Bytes of memory that this process can still take: the machine's free memory, within the limits of
// the process's control groups and address space.
double available_memory();

// A human-readable number of bytes, in powers of 1000: "6.8 GB".
std::string shown_bytes(double bytes);

// Throws an Error of kind user if `bytes` exceeds available_memory(): "WHAT needs about 6.8
// GB of memory, but 3.1 GB are free here; lower KEYS".
void require_memory(double bytes, const std::string& what, const std::string& keys);

}  // namespace seqrl
