#include "envs/mujoco/mujoco_version.h"

#include <fmt/format.h>
#include <mujoco/mujoco.h>

#include <array>
#include <charconv>

#include "configs/base/error.h"

namespace seqrl {
namespace {

std::array<int, 3> numbers_of(std::string_view version) {
  std::array<int, 3> parts{};
  for (int& part : parts) {
    const char* const end = version.data() + version.size();
    const auto [after, error] = std::from_chars(version.data(), end, part);
    if (error != std::errc() || after == end || *after != '.') break;
    version.remove_prefix(static_cast<std::size_t>(after - version.data()) + 1);
  }
  return parts;
}

}  // namespace

std::string mujoco_version() {
  return mj_versionString();
}

std::string mujoco_version_text(int number) {
  constexpr int kSevenDigits = 1'000'000;
  const int base = number < kSevenDigits ? 10 : 1000;
  return fmt::format("{}.{}.{}", number / base / base, number / base % base, number % base);
}

bool mujoco_at_least(std::string_view a, std::string_view b) {
  return numbers_of(a) >= numbers_of(b);
}

void require_mujoco_of_headers() {
  SEQRL_REQUIRE(mj_version() == mjVERSION_HEADER,
                "compiled for MuJoCo {}, but the loaded library is MuJoCo {}: rebuild with "
                "-DMuJoCo_ROOT=…, or set LD_LIBRARY_PATH or LD_PRELOAD to load {}",
                mujoco_version_text(mjVERSION_HEADER), mujoco_version_text(mj_version()),
                mujoco_version_text(mjVERSION_HEADER));
}

}  // namespace seqrl
