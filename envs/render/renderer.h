// A renderer draws a MuJoCo environment without a window. Does not include MuJoCo's headers.
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

// Draws one environment. A floor that is infinite in the physics is drawn as infinite; a model
// without lights is lit from the camera. Use it only on the thread that created it.
class Renderer {
 public:
  // width and height in pixels. `camera` is the name or number of a model camera, "track", which
  // follows the moving body, or "free", MuJoCo's default view of the model. "" is the model's
  // camera "side" or, without one, "track". Any other is an Error of kind user that lists the
  // names; no OpenGL is an Error of kind failure.
  Renderer(const MujocoModel& model, int width, int height, const std::string& camera = "");
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;
  ~Renderer();

  int width() const { return width_; }
  int height() const { return height_; }

  // Draws the current state of `env`, which must use that model (one of other sizes is an Error of
  // kind user). Returns (height, width, 3) bytes of red, green and blue from the top left, valid
  // until the next call. Captions are ASCII, top left.
  std::span<const std::uint8_t> draw(const MujocoEnv& env, std::span<const Caption> captions = {});

 private:
  int width_, height_;
  GlContext context_;
  std::unique_ptr<Scene> scene_;
  std::vector<std::uint8_t> upside_down_, pixels_;
};

}  // namespace seqrl
