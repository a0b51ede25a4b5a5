// A renderer draws a MuJoCo environment without a window. MuJoCo's headers stay out of sight.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "envs/mujoco/mujoco_env.h"
#include "envs/render/caption.h"
#include "envs/render/gl_context.h"

namespace seqrl {

class Scene;

// Draws one environment. A floor, which the physics has without end, is drawn without end; a model
// without lights is lit from the camera. Belongs to the thread that made it.
class Renderer {
 public:
  // width and height in pixels. `camera` is the name or the number of one of the model's, "track",
  // which goes along with what moves, or "free", from where MuJoCo looks at the model; "" is the
  // model's camera "side" or, where it has none, "track". An Error of kind user, with the names
  // there are, for any other; of kind failure where there is no OpenGL.
  Renderer(const MujocoModel& model, int width, int height, const std::string& camera = "");
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;
  ~Renderer();

  int width() const { return width_; }
  int height() const { return height_; }

  // The current state of `env`, which must have that model (one of other sizes is an Error of kind
  // user): (height, width, 3) bytes of red, green and blue from the top left. Valid until the next
  // call. Captions are ASCII, top left.
  std::span<const std::uint8_t> draw(const MujocoEnv& env, std::span<const Caption> captions = {});

 private:
  int width_, height_;
  GlContext context_;
  std::unique_ptr<Scene> scene_;
  std::vector<std::uint8_t> upside_down_, pixels_;
};

}  // namespace seqrl
