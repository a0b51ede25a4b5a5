#include "tools/media.h"

#include <string>

#include "tests/catch.h"

using namespace seqrl::tools;
using namespace std::string_literals;

namespace {

// Whether a file is complete and none of its prefixes is.
template <typename IsWhole>
bool is_whole_alone(const std::string& file, const IsWhole& is_whole) {
  for (std::size_t size = 0; size < file.size(); ++size) {
    if (is_whole(file.substr(0, size))) return false;
  }
  return is_whole(file);
}

}  // namespace

TEST_CASE("an image or a video that is truncated at any length is detected") {
  const std::string png =
      "\x89PNG\r\n\x1A\n"
      "\0\0\0\x02"
      "IDAT"
      "xy"
      "CRC."
      "\0\0\0\0"
      "IEND"
      "\xAE\x42\x60\x82"s;
  CHECK(is_whole_alone(png, is_whole_png));
  CHECK(!is_whole_png(png + "x"));
  CHECK(is_whole_alone("<?xml version='1.0'?>\n<svg>\n<g></g>\n</svg>", is_whole_svg));
  CHECK(is_whole_svg("<?xml?><svg></svg>\n\n"));
  const std::string mp4 =
      "\0\0\0\x0C"
      "ftyp"
      "isom"
      "\0\0\0\x09"
      "moov"
      "m"
      "\0\0\0\x01"
      "mdat"
      "\0\0\0\0\0\0\0\x12"
      "ab"s;
  CHECK(is_whole_alone(mp4, is_whole_mp4));
  CHECK(!is_whole_mp4(mp4 + "x"));
  CHECK(
      !is_whole_mp4("\0\0\0\x0C"
                    "ftyp"
                    "isom"
                    "\0\0\0\x08"
                    "mdat"s));
}
