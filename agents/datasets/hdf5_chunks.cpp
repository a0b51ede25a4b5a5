#include "agents/datasets/hdf5_chunks.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "agents/datasets/hdf5_handle.h"
#include "configs/base/thread_pool.h"
#include "models/core/alignment.h"

namespace seqrl {
namespace {

constexpr std::int64_t kBytesInFlight = std::int64_t{16} << 20;  // decompressed, over all threads

std::size_t width_of(NumberType type) {
  switch (type) {
    case NumberType::int8:
    case NumberType::uint8:
      return 1;
    case NumberType::int16:
      return 2;
    case NumberType::float32:
    case NumberType::int32:
      return 4;
    case NumberType::float64:
    case NumberType::int64:
      return 8;
    case NumberType::other:
      break;
  }
  return 0;
}

// One compressed chunk and its position.
struct Chunk {
  std::int64_t row = 0, column = 0;
  std::vector<Bytef> bytes;
  bool compressed = true;
};

// All chunks in one range of rows, a task for one thread: neighbouring columns share cache lines.
struct Band {
  std::vector<Chunk> chunks;
  std::vector<Bytef> inflated;
  bool damaged = false;
};

template <typename Source, typename T>
void scatter(const Bytef* source, const ChunkLayout& layout, const Chunk& chunk, T* values) {
  const std::int64_t rows = std::min(layout.chunk_rows, layout.rows - chunk.row);
  const std::int64_t columns = std::min(layout.chunk_columns, layout.columns - chunk.column);
  T* target = values + chunk.row * layout.columns + chunk.column;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      Source value;
      std::memcpy(&value, source + static_cast<std::size_t>(column) * sizeof value, sizeof value);
      target[column] = static_cast<T>(value);
    }
    source += static_cast<std::size_t>(layout.chunk_columns) * sizeof(Source);
    target += layout.columns;
  }
}

template <typename T>
void scatter_typed(const Bytef* source, const ChunkLayout& layout, const Chunk& chunk, T* values) {
  switch (layout.type) {
    case NumberType::float32:
      return scatter<float>(source, layout, chunk, values);
    case NumberType::float64:
      return scatter<double>(source, layout, chunk, values);
    case NumberType::int8:
      return scatter<std::int8_t>(source, layout, chunk, values);
    case NumberType::uint8:
      return scatter<std::uint8_t>(source, layout, chunk, values);
    case NumberType::int16:
      return scatter<std::int16_t>(source, layout, chunk, values);
    case NumberType::int32:
      return scatter<std::int32_t>(source, layout, chunk, values);
    case NumberType::int64:
      return scatter<std::int64_t>(source, layout, chunk, values);
    case NumberType::other:
      return;
  }
}

template <typename T>
void place(Band& band, const ChunkLayout& layout, std::size_t chunk_bytes, T* values) {
  band.inflated.resize(chunk_bytes);
  for (const Chunk& chunk : band.chunks) {
    const Bytef* source = chunk.bytes.data();
    if (chunk.compressed) {
      uLongf size = chunk_bytes;
      const int status = ::uncompress(band.inflated.data(), &size, chunk.bytes.data(),
                                      static_cast<uLong>(chunk.bytes.size()));
      source = band.inflated.data();
      if (status != Z_OK || size != chunk_bytes) band.damaged = true;
    } else if (chunk.bytes.size() != chunk_bytes) {
      band.damaged = true;
    }
    if (band.damaged) return;
    scatter_typed(source, layout, chunk, values);
  }
}

// Reads the bytes of one chunk with libhdf5. False if they cannot be read.
bool fetch(hid_t dataset, std::uint64_t file_bytes, Chunk& chunk) {
  const hsize_t offset[2] = {static_cast<hsize_t>(chunk.row), static_cast<hsize_t>(chunk.column)};
  hsize_t size = 0;
  if (H5Dget_chunk_storage_size(dataset, offset, &size) < 0 || size > file_bytes) return false;
  chunk.bytes.resize(size);
  std::uint32_t skipped_filters = 0;
  if (H5Dread_chunk(dataset, H5P_DEFAULT, offset, &skipped_filters, chunk.bytes.data()) < 0) {
    return false;
  }
  chunk.compressed = (skipped_filters & 1u) == 0;
  return true;
}

}  // namespace

NumberType number_type(hid_t type) {
  const std::pair<hid_t, NumberType> known[] = {
      {H5T_IEEE_F32LE, NumberType::float32}, {H5T_IEEE_F64LE, NumberType::float64},
      {H5T_STD_I8LE, NumberType::int8},      {H5T_STD_U8LE, NumberType::uint8},
      {H5T_STD_I16LE, NumberType::int16},    {H5T_STD_I32LE, NumberType::int32},
      {H5T_STD_I64LE, NumberType::int64},
  };
  for (const auto& [candidate, name] : known) {
    if (H5Tequal(type, candidate) > 0) return name;
  }
  // Booleans are one byte: an enumeration from h5py, a bit field from PyTables.
  const H5T_class_t kind = H5Tget_class(type);
  const bool boolean = (kind == H5T_ENUM || kind == H5T_BITFIELD) && H5Tget_size(type) == 1;
  return boolean ? NumberType::uint8 : NumberType::other;
}

ChunkLayout chunk_layout(hid_t dataset) {
  ChunkLayout layout;
  const Hdf5Handle space(H5Dget_space(dataset), H5Sclose);
  const Hdf5Handle type(H5Dget_type(dataset), H5Tclose);
  const Hdf5Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  layout.rank = H5Sget_simple_extent_ndims(space);
  if (layout.rank != 1 && layout.rank != 2) return layout;
  hsize_t dims[2] = {0, 1}, chunk[2] = {0, 1};
  H5Sget_simple_extent_dims(space, dims, nullptr);
  layout.rows = static_cast<std::int64_t>(dims[0]);
  layout.columns = static_cast<std::int64_t>(dims[1]);
  layout.type = number_type(type);
  if (H5Pget_layout(creation) != H5D_CHUNKED) return layout;
  if (H5Pget_chunk(creation, layout.rank, chunk) != layout.rank) return layout;
  layout.chunk_rows = static_cast<std::int64_t>(chunk[0]);
  layout.chunk_columns = static_cast<std::int64_t>(chunk[1]);

  unsigned options = 0, flags = 0;
  std::size_t count = 0;
  layout.plain_gzip = H5Pget_nfilters(creation) == 1 &&
                      H5Pget_filter2(creation, 0, &flags, &count, nullptr, 0, nullptr, nullptr) ==
                          H5Z_FILTER_DEFLATE &&
                      H5Pget_chunk_opts(creation, &options) >= 0 && options == 0;
  return layout;
}

bool can_read_chunks(const ChunkLayout& layout) {
  // A band of rows, in bytes, must not overflow, even for a damaged file.
  constexpr std::int64_t kMost = std::int64_t{1} << 29;
  return layout.chunk_rows > 0 && layout.chunk_rows < kMost && layout.chunk_columns > 0 &&
         layout.columns < kMost && layout.plain_gzip && layout.type != NumberType::other;
}

std::string missing_chunk(hid_t dataset, const ChunkLayout& layout) {
  if (layout.chunk_rows <= 0 || layout.chunk_columns <= 0) return "";
  for (std::int64_t row = 0; row < layout.rows; row += layout.chunk_rows) {
    for (std::int64_t column = 0; column < layout.columns; column += layout.chunk_columns) {
      const hsize_t offset[2] = {static_cast<hsize_t>(row), static_cast<hsize_t>(column)};
      hsize_t size = 0;
      if (H5Dget_chunk_storage_size(dataset, offset, &size) < 0 || size == 0) {
        return fmt::format("the chunk at row {}, column {} was never written", row, column);
      }
    }
  }
  return "";
}

template <typename T>
std::string read_gzip_chunks(hid_t dataset, const ChunkLayout& layout, std::span<T> values,
                             ThreadPool* pool) {
  hsize_t file_bytes = 0;  // of the containing file: no chunk is larger
  H5Fget_filesize(Hdf5Handle(H5Iget_file_id(dataset), H5Fclose), &file_bytes);
  const std::size_t chunk_bytes = static_cast<std::size_t>(layout.chunk_rows) *
                                  static_cast<std::size_t>(layout.chunk_columns) *
                                  width_of(layout.type);
  const std::int64_t band_bytes = layout.chunk_rows * layout.columns * std::int64_t{8};
  const int threads = pool != nullptr ? pool->threads() : 1;
  const auto count = std::clamp<std::int64_t>(
      kBytesInFlight / std::max<std::int64_t>(1, band_bytes), threads, 16 * threads);
  std::vector<Band> bands(static_cast<std::size_t>(count));

  for (std::int64_t row = 0; row < layout.rows;) {
    int filled = 0;
    for (; filled < count && row < layout.rows; row += layout.chunk_rows, ++filled) {
      Band& band = bands[static_cast<std::size_t>(filled)];
      const std::int64_t across = divide_up(layout.columns, layout.chunk_columns);
      band.chunks.resize(static_cast<std::size_t>(across));
      for (std::int64_t i = 0; i < across; ++i) {
        Chunk& chunk = band.chunks[static_cast<std::size_t>(i)];
        chunk.row = row;
        chunk.column = i * layout.chunk_columns;
        if (!fetch(dataset, file_bytes, chunk)) return hdf5_reason();
      }
    }
    const auto work = [&](int i) {
      place(bands[static_cast<std::size_t>(i)], layout, chunk_bytes, values.data());
    };
    if (pool != nullptr) {
      pool->run(filled, work);
    } else {
      for (int i = 0; i < filled; ++i) work(i);
    }
    for (const Band& band : bands) {
      if (band.damaged) {
        return fmt::format("the compressed data from row {} on is damaged", band.chunks[0].row);
      }
    }
  }
  return "";
}

template std::string read_gzip_chunks(hid_t, const ChunkLayout&, std::span<float>, ThreadPool*);
template std::string read_gzip_chunks(hid_t, const ChunkLayout&, std::span<double>, ThreadPool*);
template std::string read_gzip_chunks(hid_t, const ChunkLayout&, std::span<std::uint8_t>,
                                      ThreadPool*);

}  // namespace seqrl
