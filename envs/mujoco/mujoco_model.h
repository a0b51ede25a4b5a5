// A compiled MuJoCo model, shared between environments; MuJoCo's headers stay out of sight.
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

// Immutable once compiled, hence safe to share between threads.
class MujocoModel {
 public:
  // Compiles MJCF text. It may <include> the built-in assets ("scene.xml"). `name` is for messages.
  // The same text gives the same object as long as someone holds it. Thread-safe. An MJCF that does
  // not compile is an Error of kind user with MuJoCo's reason and line.
  //
  // A built-in asset moves as under MuJoCo 2.2 where the version that runs allows it: where margins
  // are added, its geoms get less (envs/mujoco/margins.h); where the solver stops sooner, it gets
  // another tolerance. Other text is compiled as it is.
  static std::shared_ptr<const MujocoModel> compile(std::string_view name, std::string_view mjcf);

  // Compiles an MJCF file with what it refers to, such as meshes, found as MuJoCo finds them:
  // beside it. A built-in asset may be included too, where no file of that name is there. The same
  // text at the same place gives the same object as long as someone holds it. Thread-safe. A file
  // that cannot be read or does not compile is an Error of kind user.
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

  // The index of a body, Error of kind user if there is none of that name.
  int body(const std::string& name) const;

  // What messages call an actuator: "actuator 'hip'", "actuator 2" where it has no name.
  std::string actuator(int index) const;

  // Changes with what decides its physics, wherever that stands (envs/mujoco/model_fingerprint.h).
  std::string fingerprint() const;

  // What decides the physics, as a recording's "model" holds it: flat arrays named as in mjModel,
  // margins and the solver's tolerance as they are written.
  nlohmann::ordered_json constants() const;

  // Whether some contacts have other margins where a version of MuJoCo adds those of two geoms: not
  // of a built-in asset.
  bool adds_margins() const { return adds_margins_; }

 private:
  void keep_written();
  void compensate();

  mjModel_* model_ = nullptr;
  std::vector<double> written_margins_;  // (ngeom), before those of a built-in asset are changed
  double written_tolerance_ = 0;         // of the solver, before it is
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
