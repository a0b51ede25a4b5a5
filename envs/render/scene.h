// A scene holds what MuJoCo needs to draw a model, in an image or a window. For the sources of this
// directory only, because it includes MuJoCo's headers.
#pragma once

#include <mujoco/mujoco.h>

#include <span>
#include <string>
#include <vector>

#include "envs/mujoco/mujoco_env.h"
#include "envs/render/caption.h"

namespace seqrl {

// Requires a current OpenGL context from construction to destruction.
class Scene {
 public:
  enum class Target { picture, window };

  // `width` and `height` are in pixels, for an image of fixed size. `camera` as for Renderer.
  Scene(const MujocoModel& model, Target target, int width, int height, const std::string& camera);
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  ~Scene();

  // Switches to another camera, by name or number.
  void set_camera(const std::string& name);

  // Draws the current state of `env` on a frame of that size. An Error of kind user for an
  // environment with another model. `pulled`, if given, is drawn also.
  void draw(const MujocoEnv& env, int width, int height, std::span<const Caption> captions,
            const mjvPerturb* pulled = nullptr);

  // Writes ASCII text in a corner of the last frame: two columns, lines separated by '\n'.
  void write(mjtGridPos corner, int width, int height, const std::string& left,
             const std::string& right);

  const mjModel* model() const { return model_; }
  mjvScene& scene() { return scene_; }
  mjvOption& option() { return option_; }
  mjvCamera& camera() { return camera_; }
  mjrContext& context() { return context_; }

 private:
  void clear();

  mjModel* model_ = nullptr;  // a copy, because it contains the image size
  mjvScene scene_;
  mjvOption option_;
  mjvCamera camera_;
  mjrContext context_;
};

// The cameras of a model: "track" if a body floats, the model's own by name or number, "free".
std::vector<std::string> camera_names(const MujocoModel& model);

}  // namespace seqrl
