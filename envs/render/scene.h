// A scene: what MuJoCo draws a model with, in a picture or in a window. For the sources of this
// room: it includes MuJoCo's headers.
#pragma once

#include <mujoco/mujoco.h>

#include <span>
#include <string>
#include <vector>

#include "envs/mujoco/mujoco_env.h"
#include "envs/render/caption.h"

namespace seqrl {

// Needs a current OpenGL context from when it is made until it is destroyed.
class Scene {
 public:
  enum class Target { picture, window };

  // `width` and `height` in pixels, of a picture the size that it stays at. `camera` as Renderer
  // has it.
  Scene(const MujocoModel& model, Target target, int width, int height, const std::string& camera);
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  ~Scene();

  // Takes another camera, by its name or number.
  void set_camera(const std::string& name);

  // Draws the current state of `env` on a frame of that size. An Error of kind user for an
  // environment of another model. `pulled` is drawn, too, if given.
  void draw(const MujocoEnv& env, int width, int height, std::span<const Caption> captions,
            const mjvPerturb* pulled = nullptr);

  // Text in a corner of the frame drawn last, ASCII: two columns, lines by '\n'.
  void write(mjtGridPos corner, int width, int height, const std::string& left,
             const std::string& right);

  const mjModel* model() const { return model_; }
  mjvScene& scene() { return scene_; }
  mjvOption& option() { return option_; }
  mjvCamera& camera() { return camera_; }
  mjrContext& context() { return context_; }

 private:
  void clear();

  mjModel* model_ = nullptr;  // a copy: the size of a picture is a part of it
  mjvScene scene_;
  mjvOption option_;
  mjvCamera camera_;
  mjrContext context_;
};

// The cameras that a model can be seen from: "track" where something floats, the model's own by
// name or number, "free".
std::vector<std::string> camera_names(const MujocoModel& model);

}  // namespace seqrl
