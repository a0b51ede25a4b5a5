#include "tools/commands/physics_notes.h"

#include <memory>

#include "configs/base/error.h"
#include "envs/mujoco/physics.h"
#include "envs/registry.h"
#include "tools/commands/output.h"

namespace seqrl::tools {
namespace {

std::unique_ptr<Env> made_here(const EnvSection& section) {
  if (section.described() != nullptr || section.shared().is_batched()) return nullptr;
  try {
    return make_env(section);
  } catch (const Error&) {  // its model may be elsewhere, for example
    return nullptr;
  }
}

}  // namespace

void print_physics_notes(const EnvSection& section, const CheckpointReader* checkpoint) {
  const auto env = made_here(section);
  if (!env) return;
  if (const auto note = physics_note(*env)) print_note(*note);
  if (checkpoint == nullptr || !checkpoint->has_text("mujoco_version")) return;
  const auto note = physics_difference(*env, checkpoint->text("mujoco_version"));
  if (note) print_note("the checkpoint is from another MuJoCo version: " + *note);
}

}  // namespace seqrl::tools
