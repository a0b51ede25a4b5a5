// A compiled MuJoCo model, shared between environments. Does not include MuJoCo's headers.
//
// Loading the first model installs MuJoCo's process-wide error and warning handlers, unless the
// host program has set its own. Ours turn a MuJoCo error into an Error instead of ending the
// process, and keep warnings of our own steps off the terminal and out of MUJOCO_LOG.TXT:
// environments read the warning counters and report them as StepOutcome::invalid.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "envs/mujoco/mujoco_version.h"

struct mjModel_;  // mjModel
struct mjData_;   // mjData

namespace seqrl {

// Immutable once compiled and therefore safe to share between threads.
class MujocoModel {
 public:
  // Compiles MJCF text. It may <include> the built-in assets ("scene.xml"). `name` is used in
  // messages. The same text gives the same object while that object is alive. Thread-safe. An MJCF
  // that does not compile is an Error of kind user with MuJoCo's reason and line.
  //
  // A built-in asset moves as under MuJoCo 2.2 if the running version allows it: where margins are
  // added, its geoms get smaller ones (envs/mujoco/margins.h); where the solver stops sooner, it
  // gets another tolerance. Other text is compiled unchanged.
  static std::shared_ptr<const MujocoModel> compile(std::string_view name, std::string_view mjcf);

  // Compiles an MJCF file and the files it refers to, such as meshes, which MuJoCo finds next to
  // it. A built-in asset may also be included if no file of that name exists there. The same text
  // at the same path gives the same object while that object is alive. Thread-safe. A file that
  // cannot be read or does not compile is an Error of kind user.
  static std::shared_ptr<const MujocoModel> load(const std::filesystem::path& file);

  MujocoModel(std::string_view name, std::string_view mjcf);
  explicit MujocoModel(const std::filesystem::path& file);
  ~MujocoModel();
  MujocoModel(const MujocoModel&) = delete;
  MujocoModel& operator=(const MujocoModel&) = delete;

  const mjModel_* get() const { return model_; }

  int position_dim() const;  // nq
  int velocity_dim() const;  // nv
  double timestep() const;   // seconds per mj_step

  // The index of a body; an Error of kind user if there is none of that name.
  int body(const std::string& name) const;

  // The name of an actuator in messages: "actuator 'hip'", or "actuator 2" if it has no name.
  std::string actuator(int index) const;

  // Changes with everything that affects the physics, in any file
  // (envs/mujoco/model_fingerprint.h).
  std::string fingerprint() const;

  // The constants of the physics, as in a recording's "model": flat arrays named as in mjModel,
  // with margins and the solver's tolerance as written.
  nlohmann::ordered_json constants() const;

  // Whether some contacts get other margins in versions of MuJoCo that add those of two geoms.
  // False for a built-in asset.
  bool adds_margins() const { return adds_margins_; }

 private:
  void keep_written();
  void compensate();

  mjModel_* model_ = nullptr;
  std::vector<double> written_margins_;  // (ngeom), before those of a built-in asset are changed
  double written_tolerance_ = 0;         // of the solver, before a built-in asset's is changed
  bool adds_margins_ = false;
};

// Marks the current thread as inside our own calls of MuJoCo, for the handlers above.
class MujocoCall {
 public:
  MujocoCall();
  ~MujocoCall();
  MujocoCall(const MujocoCall&) = delete;
  MujocoCall& operator=(const MujocoCall&) = delete;

 private:
  bool outer_;
};

}  // namespace seqrl
