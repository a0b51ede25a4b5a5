// A window shows a MuJoCo environment on a screen and reads keys and the mouse.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "envs/mujoco/mujoco_env.h"
#include "envs/render/caption.h"

namespace seqrl {

// The mouse: dragging a body pulls it. Dragging elsewhere turns the view, with the right button
// moves it; the wheel zooms. Use it only on the thread that created it.
class ScreenWindow {
 public:
  // Sizes are in screen units. `camera` as for Renderer. An Error of kind failure, in one line that
  // names `seqrl render`, if there is no screen or no GLFW.
  ScreenWindow(const MujocoModel& model, const std::string& title, int width, int height,
               const std::string& camera = "");
  ScreenWindow(const ScreenWindow&) = delete;
  ScreenWindow& operator=(const ScreenWindow&) = delete;
  ~ScreenWindow();

  // Whether the window has not been closed.
  bool is_open() const;

  // Waits for keys and the mouse, at most `seconds`.
  void wait(double seconds);

  // The keys typed since the last call, in order: characters, or "up", "down", "left", "right",
  // "escape".
  std::vector<std::string> take_keys();

  // Shows the current state of `env`. Captions are top left, `help` is bottom left, line by line,
  // `state` top right.
  void draw(MujocoEnv& env, std::span<const Caption> captions, std::span<const Caption> help,
            const std::string& state);

  // Applies the force of the mouse drag. Call it before every step of `env`.
  void pull(MujocoEnv& env);

  // Switches to the model's next camera. camera() is the name of the current one.
  void next_camera();
  const std::string& camera() const;

 private:
  struct Screen;
  std::unique_ptr<Screen> screen_;
};

}  // namespace seqrl
