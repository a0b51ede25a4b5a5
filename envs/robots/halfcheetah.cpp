#include "envs/robots/halfcheetah.h"

#include "envs/robots/locomotion.h"

namespace seqrl {
namespace {

class HalfCheetah final : public Locomotion {
 public:
  HalfCheetah(const char* name, GymnasiumVersion version, const HalfCheetahOptions& options)
      : Locomotion({.name = name,
                    .asset = "halfcheetah.xml",
                    .version = version,
                    .normal_velocities = true},
                   options) {}
};

}  // namespace

std::unique_ptr<Env> make_halfcheetah() {
  return std::make_unique<HalfCheetah>("halfcheetah", GymnasiumVersion::v4, HalfCheetahOptions());
}

std::unique_ptr<Env> make_halfcheetah_v5(const HalfCheetahOptions& options) {
  return std::make_unique<HalfCheetah>("halfcheetah_v5", GymnasiumVersion::v5, options);
}

}  // namespace seqrl
