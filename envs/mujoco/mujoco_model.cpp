#include "envs/mujoco/mujoco_model.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/text.h"
#include "envs/assets.h"
#include "envs/mujoco/margins.h"
#include "envs/mujoco/model_check.h"
#include "envs/mujoco/model_fingerprint.h"

namespace seqrl {
namespace {

thread_local bool inside_our_call = false;

// MuJoCo must not continue after an error, and ends the process if this returns: so throw.
void throw_error(const char* message) {
  fail("MuJoCo: {}", message);
}

void pass_warning(const char* message) {
  if (!inside_our_call) std::fprintf(stderr, "MuJoCo warning: %s\n", message);
}

void install_handlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    require_mujoco_of_headers();
    if (!mju_user_error) mju_user_error = throw_error;
    if (!mju_user_warning) mju_user_warning = pass_warning;
  });
}

// MuJoCo's in-memory file system. It takes some megabytes in older versions, so it is never on the
// stack.
class VirtualFiles {
 public:
  VirtualFiles() : vfs_(std::make_unique<mjVFS>()) { mj_defaultVFS(vfs_.get()); }
  ~VirtualFiles() { mj_deleteVFS(vfs_.get()); }
  VirtualFiles(const VirtualFiles&) = delete;
  VirtualFiles& operator=(const VirtualFiles&) = delete;

  void add(const std::string& name, std::string_view text) {
    const int size = static_cast<int>(text.size());
#if mjVERSION_HEADER >= 313
    SEQRL_CHECK(mj_addBufferVFS(vfs_.get(), name.c_str(), text.data(), size) == 0);
#else
    SEQRL_CHECK(mj_makeEmptyFileVFS(vfs_.get(), name.c_str(), size) == 0);
    const int index = mj_findFileVFS(vfs_.get(), name.c_str());
    SEQRL_CHECK(index >= 0);
    std::memcpy(vfs_->filedata[index], text.data(), text.size());
#endif
  }

  const mjVFS* get() const {
    return vfs_.get();
  }

 private:
  std::unique_ptr<mjVFS> vfs_;
};

// Later versions of MuJoCo cache meshes and height fields, and recognise a file by the second in
// which it was written. This makes MuJoCo reread a file that changed within a second, if the header
// has the call (since 3.4).
void forget_read_files() {
#if mjVERSION_HEADER >= 340
  mj_clearCache(mj_getCache());
#endif
}

// Joins MuJoCo's reason of several lines: "XML Error: unknown element; Element 'x', line 3".
std::string joined_lines(std::string_view reason) {
  std::string line;
  while (!reason.empty()) {
    const std::string_view part = reason.substr(0, reason.find('\n'));
    if (!part.empty()) line += (line.empty() ? "" : "; ") + one_line(part);
    reason.remove_prefix(std::min(part.size() + 1, reason.size()));
  }
  return line;
}

constexpr std::size_t kLargestModel = 64u << 20;

// The text of an MJCF file, without what it refers to.
std::string read_mjcf(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  SEQRL_REQUIRE(std::filesystem::exists(status),
                "{}: no such file; env.model is relative to the working directory", file.string());
  SEQRL_REQUIRE(std::filesystem::is_regular_file(status), "{} is {}, not an MJCF file",
                file.string(),
                std::filesystem::is_directory(status) ? "a folder" : "a special file");
  return read_file(file, kLargestModel);
}

bool is_builtin(std::string_view mjcf) {
  return std::ranges::find(builtin_assets(), mjcf, &Asset::text) != builtin_assets().end();
}

// The model made from `arguments`, or the existing one under `key`.
template <typename... Arguments>
std::shared_ptr<const MujocoModel> shared_model(std::string key, const Arguments&... arguments) {
  // One lock for all: MuJoCo's XML parser keeps global state.
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<const MujocoModel>> compiled;
  const std::lock_guard lock(mutex);
  if (const auto found = compiled.find(key); found != compiled.end()) {
    if (auto model = found->second.lock()) return model;
  }
  auto model = std::make_shared<const MujocoModel>(arguments...);
  std::erase_if(compiled, [](const auto& entry) { return entry.second.expired(); });
  compiled[std::move(key)] = model;
  return model;
}

}  // namespace

MujocoCall::MujocoCall() : outer_(inside_our_call) {
  inside_our_call = true;
}
MujocoCall::~MujocoCall() {
  inside_our_call = outer_;
}

std::shared_ptr<const MujocoModel> MujocoModel::compile(std::string_view name,
                                                        std::string_view mjcf) {
  return shared_model(std::string(mjcf), name, mjcf);
}

std::shared_ptr<const MujocoModel> MujocoModel::load(const std::filesystem::path& file) {
  const std::string text = read_mjcf(file);
  return shared_model(std::filesystem::absolute(file).string() + '\n' + text, file);
}

MujocoModel::MujocoModel(std::string_view name, std::string_view mjcf) {
  install_handlers();
  const MujocoCall call;
  VirtualFiles files;
  for (const Asset& asset : builtin_assets()) files.add(std::string(asset.name), asset.text);
  const char* const file = "seqrl_model.xml";  // a name no asset has
  files.add(file, mjcf);
  char reason[1000] = "";
  model_ = mj_loadXML(file, files.get(), reason, sizeof(reason));
  SEQRL_REQUIRE(model_, "the MJCF of {} does not compile: {}", name, joined_lines(reason));
  keep_written();
  if (is_builtin(mjcf)) compensate();
}

MujocoModel::MujocoModel(const std::filesystem::path& file) {
  install_handlers();
  const MujocoCall call;
  VirtualFiles files;
  for (const Asset& asset : builtin_assets()) {
    const bool hidden = std::filesystem::exists(file.parent_path() / asset.name);
    if (!hidden) files.add(std::string(asset.name), asset.text);
  }
  forget_read_files();
  char reason[1000] = "";
  model_ = mj_loadXML(file.c_str(), files.get(), reason, sizeof(reason));
  SEQRL_REQUIRE(model_, "{} does not compile: {}", file.string(), joined_lines(reason));
  if (const auto fault = model_fault(*model_)) {
    mj_deleteModel(model_);
    reject("{} cannot be simulated: {}", file.string(), *fault);
  }
  keep_written();
}

MujocoModel::~MujocoModel() {
  mj_deleteModel(model_);
}

void MujocoModel::keep_written() {
  written_margins_.assign(model_->geom_margin, model_->geom_margin + model_->ngeom);
  written_tolerance_ = model_->opt.tolerance;
  adds_margins_ = margins_meet(*model_);
}

void MujocoModel::compensate() {
  const auto margins = margins_to_add(*model_);
  SEQRL_CHECK(margins);
  adds_margins_ = false;
  if (mujoco_at_least(mujoco_version(), kAddedMargins)) set_margins(*model_, *margins);
  // The solver measures its progress by the current inertia, not the model's mean, and stops
  // sooner.
  constexpr double kTighter = 0.01;
  if (mujoco_at_least(mujoco_version(), "3.17")) model_->opt.tolerance *= kTighter;
}

std::string MujocoModel::fingerprint() const {
  return model_fingerprint(*model_);
}

int MujocoModel::position_dim() const {
  return static_cast<int>(model_->nq);
}
int MujocoModel::velocity_dim() const {
  return static_cast<int>(model_->nv);
}
double MujocoModel::timestep() const {
  return model_->opt.timestep;
}

int MujocoModel::body(const std::string& name) const {
  const int id = mj_name2id(model_, mjOBJ_BODY, name.c_str());
  if (id >= 0) return id;
  std::vector<std::string> bodies;
  for (int i = 0; i < model_->nbody; ++i) {
    const char* body_name = mj_id2name(model_, mjOBJ_BODY, i);
    if (body_name) bodies.emplace_back(body_name);
  }
  reject("the model has no body named '{}'{}", name, suggestion(name, bodies));
}

std::string MujocoModel::actuator(int index) const {
  const char* name = mj_id2name(model_, mjOBJ_ACTUATOR, index);
  const bool named = name != nullptr && *name != 0;
  return "actuator " + (named ? shown(name) : std::to_string(index));
}

nlohmann::ordered_json MujocoModel::constants() const {
  const mjModel& m = *model_;
  const auto array = [](const auto* values, auto rows, int columns) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (int i = 0; i < static_cast<int>(rows) * columns; ++i) list.push_back(+values[i]);
    return list;
  };
  nlohmann::ordered_json json{{"nq", m.nq},
                              {"nv", m.nv},
                              {"nu", m.nu},
                              {"nbody", m.nbody},
                              {"ngeom", m.ngeom},
                              {"njnt", m.njnt},
                              {"timestep", m.opt.timestep},
                              {"integrator", m.opt.integrator},
                              {"solver", m.opt.solver},
                              {"iterations", m.opt.iterations},
                              {"tolerance", written_tolerance_},
                              {"cone", m.opt.cone}};
#define SEQRL_CONSTANT(field, rows, columns) json[#field] = array(m.field, m.rows, columns)
  SEQRL_CONSTANT(qpos0, nq, 1);
  SEQRL_CONSTANT(qpos_spring, nq, 1);
  SEQRL_CONSTANT(body_mass, nbody, 1);
  SEQRL_CONSTANT(body_inertia, nbody, 3);
  SEQRL_CONSTANT(body_pos, nbody, 3);
  SEQRL_CONSTANT(body_quat, nbody, 4);
  SEQRL_CONSTANT(body_ipos, nbody, 3);
  SEQRL_CONSTANT(jnt_type, njnt, 1);
  SEQRL_CONSTANT(jnt_pos, njnt, 3);
  SEQRL_CONSTANT(jnt_axis, njnt, 3);
  SEQRL_CONSTANT(jnt_range, njnt, 2);
  SEQRL_CONSTANT(jnt_stiffness, njnt, 1);
  SEQRL_CONSTANT(jnt_limited, njnt, 1);
  SEQRL_CONSTANT(jnt_solref, njnt, mjNREF);
  SEQRL_CONSTANT(jnt_solimp, njnt, mjNIMP);
  SEQRL_CONSTANT(dof_damping, nv, 1);
  SEQRL_CONSTANT(dof_armature, nv, 1);
  SEQRL_CONSTANT(geom_type, ngeom, 1);
  SEQRL_CONSTANT(geom_bodyid, ngeom, 1);
  SEQRL_CONSTANT(geom_contype, ngeom, 1);
  SEQRL_CONSTANT(geom_conaffinity, ngeom, 1);
  SEQRL_CONSTANT(geom_condim, ngeom, 1);
  SEQRL_CONSTANT(geom_size, ngeom, 3);
  SEQRL_CONSTANT(geom_pos, ngeom, 3);
  SEQRL_CONSTANT(geom_quat, ngeom, 4);
  SEQRL_CONSTANT(geom_friction, ngeom, 3);
  json["geom_margin"] = written_margins_;
  SEQRL_CONSTANT(geom_solref, ngeom, mjNREF);
  SEQRL_CONSTANT(geom_solimp, ngeom, mjNIMP);
  SEQRL_CONSTANT(actuator_gear, nu, 6);
  SEQRL_CONSTANT(actuator_ctrlrange, nu, 2);
#undef SEQRL_CONSTANT
  nlohmann::ordered_json joints = nlohmann::ordered_json::array();
  for (int i = 0; i < m.nu; ++i) joints.push_back(m.actuator_trnid[2 * i]);
  json["actuator_joint"] = joints;
  return json;
}

}  // namespace seqrl
