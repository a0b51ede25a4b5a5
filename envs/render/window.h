// A window shows a MuJoCo environment on a screen, and takes keys and the mouse.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "envs/mujoco/mujoco_env.h"
#include "envs/render/caption.h"

namespace seqrl {

// The mouse: dragging a body pulls it, dragging beside one turns the view, with the right button
// moves it; the wheel comes nearer. Belongs to the thread that made it.
class ScreenWindow {
 public:
  // In screen units. `camera` as Renderer has it. An Error of kind failure, in one line that names
  // `seqrl render`, where there is no screen or no GLFW.
  ScreenWindow(const MujocoModel& model, const std::string& title, int width, int height,
               const std::string& camera = "");
  ScreenWindow(const ScreenWindow&) = delete;
  ScreenWindow& operator=(const ScreenWindow&) = delete;
  ~ScreenWindow();

  // Whether nobody has closed it.
  bool is_open() const;

  // Waits for keys and the mouse, at most so long.
  void wait(double seconds);

  // What was typed since the last call, in order: characters, or "up", "down", "left", "right",
  // "escape".
  std::vector<std::string> take_keys();

  // Shows the current state of `env`. Captions are top left, `help` is bottom left, line by line,
  // `state` top right.
  void draw(MujocoEnv& env, std::span<const Caption> captions, std::span<const Caption> help,
            const std::string& state);

  // Pulls at what is being dragged. Before every step of `env`.
  void pull(MujocoEnv& env);

  // The model's next camera; its name is that of the one in use.
  void next_camera();
  const std::string& camera() const;

 private:
  struct Screen;
  std::unique_ptr<Screen> screen_;
};

}  // namespace seqrl
