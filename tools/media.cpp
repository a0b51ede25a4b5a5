#include "tools/media.h"

#include <cstddef>
#include <cstdint>

namespace seqrl::tools {
namespace {

// A big-endian number of `bytes` bytes, which must exist.
std::uint64_t number_at(std::string_view file, std::size_t at, std::size_t bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    number = number << 8 | static_cast<unsigned char>(file[at + i]);
  }
  return number;
}

}  // namespace

bool is_whole_svg(std::string_view file) {
  while (file.ends_with('\n')) file.remove_suffix(1);
  return file.starts_with("<?xml") && file.find("<svg") != std::string_view::npos &&
         file.ends_with("</svg>");
}

// A signature and chunks: length, type, data, CRC. The last is IEND.
bool is_whole_png(std::string_view file) {
  if (!file.starts_with("\x89PNG\r\n\x1A\n")) return false;
  std::string_view type;
  std::size_t at = 8;
  while (at + 12 <= file.size()) {
    const std::uint64_t length = number_at(file, at, 4);
    if (length > file.size() - at - 12) return false;
    type = file.substr(at + 4, 4);
    at += 12 + length;
  }
  return at == file.size() && type == "IEND";
}

// Boxes: size, type, data; among them the metadata (moov) and the film (mdat).
bool is_whole_mp4(std::string_view file) {
  bool described = false, filmed = false;
  std::size_t at = 0;
  while (at + 8 <= file.size()) {
    std::uint64_t size = number_at(file, at, 4);
    const std::string_view type = file.substr(at + 4, 4);
    if (at == 0 && type != "ftyp") return false;
    if (size == 1 && at + 16 <= file.size()) size = number_at(file, at + 8, 8);
    if (size < 8 || size > file.size() - at) return false;
    described |= type == "moov";
    filmed |= type == "mdat" && size > 8;
    at += size;
  }
  return at == file.size() && described && filmed;
}

// Both formats mark their beginning and end.
bool is_whole_gif(std::string_view file) {
  return file.starts_with("GIF8") && file.ends_with(';');
}

bool is_whole_jpeg(std::string_view file) {
  return file.starts_with("\xFF\xD8") && file.ends_with("\xFF\xD9");
}

}  // namespace seqrl::tools
