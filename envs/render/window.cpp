#include "envs/render/window.h"

#include "configs/base/error.h"

#ifdef SEQRL_GLFW
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "envs/render/driver_leaks.h"
#include "envs/render/glfw.h"
#include "envs/render/scene.h"
#endif

namespace seqrl {

#ifdef SEQRL_GLFW

namespace {

constexpr std::array<std::pair<int, const char*>, 5> kNamedKeys = {{{GLFW_KEY_UP, "up"},
                                                                    {GLFW_KEY_DOWN, "down"},
                                                                    {GLFW_KEY_LEFT, "left"},
                                                                    {GLFW_KEY_RIGHT, "right"},
                                                                    {GLFW_KEY_ESCAPE, "escape"}}};

// A GLFW window; its OpenGL context is current on this thread.
GLFWwindow* open_window(const std::string& title, int width, int height) {
  const DriverLeaks driver;
  if (glfw().Init() == GLFW_TRUE) {
    glfw().WindowHint(GLFW_SAMPLES, 4);
    glfw().WindowHint(GLFW_DOUBLEBUFFER, GLFW_TRUE);
    GLFWwindow* window = glfw().CreateWindow(width, height, title.c_str(), nullptr, nullptr);
    if (window != nullptr) {
      glfw().MakeContextCurrent(window);
      glfw().SwapInterval(1);
      return window;
    }
  }
  const char* said = nullptr;
  glfw().GetError(&said);
  const std::string reason = said == nullptr ? "GLFW gives no reason" : said;
  glfw().Terminate();
  fail("cannot open a window ({}); seqrl render makes a video without a display", reason);
}

}  // namespace

struct ScreenWindow::Screen {
  enum class Drag { none, body, turn, move };

  GLFWwindow* window;
  Scene scene;
  std::vector<std::string> cameras;
  std::string camera;
  std::vector<std::string> keys;
  Drag drag = Drag::none;
  double x = 0, y = 0;  // of the mouse, in screen units
  mjvPerturb pulled;
  std::optional<std::pair<double, double>>
      pressed;  // position, until the next frame determines the body

  Screen(const MujocoModel& model, const std::string& title, int width, int height,
         const std::string& from)
      : window(open_window(title, width, height)),
        scene(model, Scene::Target::window, width, height, from),
        cameras(camera_names(model)) {
    mjv_defaultPerturb(&pulled);
    const bool has_side = std::ranges::find(cameras, "side") != cameras.end();
    camera = !from.empty() ? from : has_side ? "side" : cameras.front();
    glfw().SetWindowUserPointer(window, this);
    glfw().SetCharCallback(window, [](GLFWwindow* of, unsigned character) {
      of_window(of).keys.push_back(utf8_of(character));
    });
    glfw().SetKeyCallback(window, [](GLFWwindow* of, int key, int, int action, int) {
      if (action == GLFW_RELEASE) return;
      for (const auto& [code, name] : kNamedKeys) {
        if (key == code) of_window(of).keys.emplace_back(name);
      }
    });
    glfw().SetMouseButtonCallback(window, [](GLFWwindow* of, int button, int action, int) {
      of_window(of).press(button, action == GLFW_PRESS);
    });
    glfw().SetCursorPosCallback(
        window, [](GLFWwindow* of, double to_x, double to_y) { of_window(of).point(to_x, to_y); });
    glfw().SetScrollCallback(window, [](GLFWwindow* of, double, double notches) {
      of_window(of).move_camera(mjMOUSE_ZOOM, 0, -0.05 * notches);
    });
  }

  static Screen& of_window(GLFWwindow* window) {
    return *static_cast<Screen*>(glfw().GetWindowUserPointer(window));
  }

  static std::string utf8_of(unsigned character) {
    return character < 0x80 ? std::string(1, static_cast<char>(character)) : "";
  }

  void press(int button, bool down) {
    pulled.active = 0;
    drag = Drag::none;
    pressed.reset();
    if (!down) return;
    glfw().GetCursorPos(window, &x, &y);
    if (button == GLFW_MOUSE_BUTTON_RIGHT) drag = Drag::move;
    if (button == GLFW_MOUSE_BUTTON_LEFT) pressed = {x, y};
  }

  // A fixed camera stays in place; a movable one with the same target turns instead.
  void move_camera(int action, double dx, double dy) {
    mjvCamera& eye = scene.camera();
    if (eye.type == mjCAMERA_FIXED) {
      camera = cameras.front() == "track" ? "track" : "free";
      scene.set_camera(camera);
    }
    // Versions after 3.5 do not take the scene.
    [&](auto move) {
      if constexpr (requires { move(scene.model(), action, dx, dy, &scene.scene(), &eye); }) {
        move(scene.model(), action, dx, dy, &scene.scene(), &eye);
      } else {
        move(scene.model(), action, dx, dy, &eye);
      }
    }(mjv_moveCamera);
  }

  void point(double to_x, double to_y) {
    int width = 0, height = 0;
    glfw().GetWindowSize(window, &width, &height);
    const double dx = (to_x - x) / std::max(height, 1), dy = (to_y - y) / std::max(height, 1);
    x = to_x;
    y = to_y;
    if (drag == Drag::turn) move_camera(mjMOUSE_ROTATE_V, dx, dy);
    if (drag == Drag::move) move_camera(mjMOUSE_MOVE_V, dx, dy);
    if (drag == Drag::body && data != nullptr) {
      mjv_movePerturb(scene.model(), data, mjMOUSE_MOVE_V, dx, dy, &scene.scene(), &pulled);
    }
  }

  // Determines where the left button was pressed: on a movable body or on the view.
  void grasp(MujocoEnv& env) {
    if (!pressed) return;
    const auto [at_x, at_y] = *std::exchange(pressed, std::nullopt);
    int width = 0, height = 0, geom = -1, skin = -1;
    glfw().GetWindowSize(window, &width, &height);
    if (width <= 0 || height <= 0) return;
    mjtNum point[3];
    const double aspect = static_cast<double>(width) / height, right = at_x / width,
                 up = 1 - at_y / height;
#if mjVERSION_HEADER >= 300
    int flex = -1;
    const int body = mjv_select(scene.model(), env.data(), &scene.option(), aspect, right, up,
                                &scene.scene(), point, &geom, &flex, &skin);
#else
    const int body = mjv_select(scene.model(), env.data(), &scene.option(), aspect, right, up,
                                &scene.scene(), point, &geom, &skin);
#endif
    drag = Drag::turn;
    if (body <= 0 || scene.model()->body_weldid[body] == 0) return;
    drag = Drag::body;
    pulled.select = body;
    pulled.skinselect = -1;
    // From the world's frame into the body's.
    mjtNum offset[3];
    mju_sub3(offset, point, env.data()->xpos + 3 * body);
    mju_mulMatTVec(pulled.localpos, env.data()->xmat + 9 * body, offset, 3, 3);
    mjv_initPerturb(scene.model(), env.data(), &scene.scene(), &pulled);
    pulled.active = mjPERT_TRANSLATE;
  }

  const mjData* data = nullptr;  // of the environment shown
};

ScreenWindow::ScreenWindow(const MujocoModel& model, const std::string& title, int width,
                           int height, const std::string& camera)
    : screen_(std::make_unique<Screen>(model, title, width, height, camera)) {}

ScreenWindow::~ScreenWindow() {
  GLFWwindow* window = screen_->window;
  screen_.reset();  // drawing resources are released before the context
  const DriverLeaks driver;
  glfw().DestroyWindow(window);
  glfw().Terminate();
}

bool ScreenWindow::is_open() const {
  return glfw().WindowShouldClose(screen_->window) == GLFW_FALSE;
}

void ScreenWindow::wait(double seconds) {
  const DriverLeaks driver;
  const MujocoCall call;
  if (seconds > 0) {
    glfw().WaitEventsTimeout(seconds);
  } else {
    glfw().PollEvents();
  }
}

std::vector<std::string> ScreenWindow::take_keys() {
  return std::exchange(screen_->keys, {});
}

void ScreenWindow::draw(MujocoEnv& env, std::span<const Caption> captions,
                        std::span<const Caption> help, const std::string& state) {
  const DriverLeaks driver;
  const MujocoCall call;
  int width = 0, height = 0;
  glfw().GetFramebufferSize(screen_->window, &width, &height);
  Scene& scene = screen_->scene;
  screen_->data = env.data();
  scene.draw(env, width, height, captions, &screen_->pulled);
  screen_->grasp(env);
  std::string keys, meanings;
  for (const Caption& line : help) {
    keys += (keys.empty() ? "" : "\n") + line.name;
    meanings += (meanings.empty() ? "" : "\n") + line.value;
  }
  if (!help.empty()) scene.write(mjGRID_BOTTOMLEFT, width, height, keys, meanings);
  if (!state.empty()) scene.write(mjGRID_TOPRIGHT, width, height, state, "");
  glfw().SwapBuffers(screen_->window);
}

void ScreenWindow::pull(MujocoEnv& env) {
  const MujocoCall call;
  const mjModel* model = env.model().get();
  mju_zero(env.data()->xfrc_applied, 6 * static_cast<int>(model->nbody));
  if (screen_->drag == Screen::Drag::body) {
    mjv_applyPerturbForce(model, env.data(), &screen_->pulled);
  }
}

void ScreenWindow::next_camera() {
  const auto& names = screen_->cameras;
  const auto now = std::ranges::find(names, screen_->camera);
  screen_->camera = now == names.end() || now + 1 == names.end() ? names.front() : *(now + 1);
  screen_->scene.set_camera(screen_->camera);
}

const std::string& ScreenWindow::camera() const {
  return screen_->camera;
}

#else

struct ScreenWindow::Screen {};

ScreenWindow::ScreenWindow(const MujocoModel&, const std::string&, int, int, const std::string&) {
  fail(
      "this seqrl was built without windows: install libglfw3-dev and rebuild; seqrl render makes "
      "a video");
}

ScreenWindow::~ScreenWindow() = default;

bool ScreenWindow::is_open() const {
  return false;
}

void ScreenWindow::wait(double) {}

std::vector<std::string> ScreenWindow::take_keys() {
  return {};
}

void ScreenWindow::draw(MujocoEnv&, std::span<const Caption>, std::span<const Caption>,
                        const std::string&) {}

void ScreenWindow::pull(MujocoEnv&) {}

void ScreenWindow::next_camera() {}

const std::string& ScreenWindow::camera() const {
  static const std::string none;
  return none;
}

#endif

}  // namespace seqrl
