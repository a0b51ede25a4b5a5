// A reader of gzip-compressed HDF5 arrays on several threads. Internal: use hdf5_file.h.
//
// libhdf5 inflates one chunk after the other and scatters it element by element, which is most of
// the time a D4RL file takes to load (h5py's chunks are often one column wide). Here libhdf5 only
// finds the chunks; zlib and plain loops do the rest.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <span>
#include <string>

namespace seqrl {

class ThreadPool;

// The numeric types that these loops convert; other types are left to libhdf5.
enum class NumberType { other, float32, float64, int8, uint8, int16, int32, int64 };
NumberType number_type(hid_t type);

// The storage of an array in the file.
struct ChunkLayout {
  std::int64_t rows = 0, columns = 1;              // of the array; rank 1 is one column
  std::int64_t chunk_rows = 0, chunk_columns = 1;  // 0 rows: not stored in chunks
  int rank = 1;
  NumberType type = NumberType::other;
  bool plain_gzip = false;  // gzip and nothing else
};
ChunkLayout chunk_layout(hid_t dataset);

// A description of the first chunk of a chunked array that was never written, or "" if all were.
// libhdf5 would read such a chunk as zeros.
std::string missing_chunk(hid_t dataset, const ChunkLayout& layout);

// Whether read_gzip_chunks can read this array.
bool can_read_chunks(const ChunkLayout& layout);

// Reads a whole array into rows × columns values. Returns "" or an error description. Call it with
// the lock on libhdf5 held.
template <typename T>
std::string read_gzip_chunks(hid_t dataset, const ChunkLayout& layout, std::span<T> values,
                             ThreadPool* pool);

}  // namespace seqrl
