#include "envs/robots/swimmer.h"

#include "envs/robots/locomotion.h"

namespace seqrl {
namespace {

class Swimmer final : public Locomotion {
 public:
  explicit Swimmer(const SwimmerOptions& options)
      : Locomotion({.name = "swimmer_v5", .asset = "swimmer.xml", .hidden_positions = 2}, options) {
  }
};

}  // namespace

std::unique_ptr<Env> make_swimmer_v5(const SwimmerOptions& options) {
  return std::make_unique<Swimmer>(options);
}

}  // namespace seqrl
