#include "envs/mjcf/mjcf_options.h"

#include <algorithm>
#include <filesystem>

#include "configs/base/error.h"
#include "configs/base/printable.h"
#include "envs/mjcf/mjcf_plan.h"

namespace seqrl {
namespace {

constexpr int kMostSteps = 1 << 24;

bool is_title(const std::string& name) {
  return std::ranges::all_of(name, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

}  // namespace

void MjcfOptions::fields(Fields& field) {
  EnvOptions::fields(field);
  field("model", model, "path of the MJCF file, relative to the working directory", required(),
        not_empty(), file_path());
  field("name", name, "name of the environment in results; \"\" = the model's file name",
        string_that("of letters, digits, _ and -", is_title));
  field("fingerprint", fingerprint,
        "fingerprint of the model's physics; a run records it and rejects any other; null = accept "
        "any");
  field("frame_skip", frame_skip, "MuJoCo steps per environment step", in_range(1, 10000));
  field("max_episode_steps", max_episode_steps, "time limit in steps", in_range(1, kMostSteps));
  MjcfDescription::fields(field);
  field.inspect([this]() -> std::optional<Fields::Fault> {
    if (fingerprint) return std::nullopt;
    try {
      return MjcfPlan::make(*this, MujocoModel::load(model)).fault;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::user) throw;
      return Fields::Fault{{"model"}, error.what()};
    }
  });
}

std::string mjcf_title(const std::string& name, const std::string& model) {
  return printable(name.empty() ? std::filesystem::path(model).stem().string() : name);
}

std::string MjcfOptions::title(const std::string&) const {
  return mjcf_title(name, model);
}

void MjcfOptions::resolve() {
  if (!fingerprint) fingerprint = MujocoModel::load(model)->fingerprint();
}

}  // namespace seqrl
