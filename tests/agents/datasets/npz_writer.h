// A writer of .npz files in the format of numpy.savez and numpy.savez_compressed.
#pragma once

#include <fmt/ranges.h>
#include <zlib.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// Files in NumPy's format by name.
using NpzArrays = std::map<std::string, std::string>;

template <typename T>
std::string npy(const std::string& type, const std::vector<std::int64_t>& shape,
                const std::vector<T>& values, bool fortran = false) {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': ({}{}), }}", type,
                  fortran ? "True" : "False", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  header += std::string((64 - (10 + header.size() + 1) % 64) % 64, ' ') + "\n";
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xFF);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return bytes;
}

inline std::string little_endian(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i, value >>= 8) bytes += static_cast<char>(value & 0xFF);
  return bytes;
}

inline std::string deflated_bytes(const std::string& bytes) {
  z_stream stream{};
  ::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(::deflateBound(&stream, bytes.size()), '\0');
  std::string input = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ::deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

// Stores 64-bit sizes in an extra field before each array, as NumPy does.
inline std::string npz(const NpzArrays& arrays, bool deflated) {
  std::string file, directory;
  for (const auto& [array, bytes] : arrays) {
    const std::string name = array + ".npy", packed = deflated ? deflated_bytes(bytes) : bytes;
    const auto crc = ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
    const std::string common = little_endian(45, 2) + little_endian(0, 2) +
                               little_endian(deflated ? 8 : 0, 2) + little_endian(0, 4) +
                               little_endian(crc, 4);
    const std::size_t begin = file.size();
    file += "PK\3\4" + common + little_endian(0xFFFFFFFF, 4) + little_endian(0xFFFFFFFF, 4) +
            little_endian(name.size(), 2) + little_endian(20, 2) + name + little_endian(1, 2) +
            little_endian(16, 2) + little_endian(bytes.size(), 8) +
            little_endian(packed.size(), 8) + packed;
    directory += "PK\1\2" + little_endian(45, 2) + common + little_endian(packed.size(), 4) +
                 little_endian(bytes.size(), 4) + little_endian(name.size(), 2) +
                 little_endian(0, 12) + little_endian(begin, 4) + name;
  }
  const std::size_t begin = file.size();
  return file + directory + "PK\5\6" + little_endian(0, 4) + little_endian(arrays.size(), 2) +
         little_endian(arrays.size(), 2) + little_endian(directory.size(), 4) +
         little_endian(begin, 4) + little_endian(0, 2);
}
