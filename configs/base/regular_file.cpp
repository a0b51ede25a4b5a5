#include "configs/base/regular_file.h"

#include <system_error>

#include "configs/base/error.h"

namespace seqrl {
namespace {

const char* name_of(std::filesystem::file_type type) {
  switch (type) {
    case std::filesystem::file_type::directory:
      return "a folder";
    case std::filesystem::file_type::fifo:
      return "a FIFO";
    case std::filesystem::file_type::socket:
      return "a socket";
    case std::filesystem::file_type::block:
    case std::filesystem::file_type::character:
      return "a device";
    default:
      return "something else";
  }
}

}  // namespace

void require_regular_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  if (type == std::filesystem::file_type::regular) return;
  if (type == std::filesystem::file_type::not_found) {
    reject("cannot read {}: No such file or directory", path.string());
  }
  if (error) reject("cannot read {}: {}", path.string(), error.message());
  reject("cannot read {}: {}, not a file", path.string(), name_of(type));
}

}  // namespace seqrl
