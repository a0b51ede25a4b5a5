#include "tools/video/frames.h"

#include <algorithm>
#include <vector>

#include "configs/base/error.h"
#include "envs/gymnasium/gymnasium_env.h"

namespace seqrl::tools {
namespace {

class MujocoFrames final : public FrameSource {
 public:
  MujocoFrames(const MujocoEnv& env, const FrameOptions& options)
      : env_(env), renderer_(env.model(), options.width, options.height, options.camera) {}

  int width() const override { return renderer_.width(); }
  int height() const override { return renderer_.height(); }
  double step_seconds() const override { return env_.step_seconds(); }
  std::span<const std::uint8_t> draw(std::span<const Caption> captions) override {
    return renderer_.draw(env_, captions);
  }

 private:
  const MujocoEnv& env_;
  Renderer renderer_;
};

// H.264 requires even sizes: an odd last row or column is left out.
class GymnasiumFrames final : public FrameSource {
 public:
  GymnasiumFrames(GymnasiumEnv& env, std::string title) : env_(env), title_(std::move(title)) {
    env_.enable_frames();
    std::vector<double> observation(static_cast<std::size_t>(env_.observation_space().dim()));
    env_.reset(0, observation);
    const GymnasiumFrame frame = env_.frame();
    width_ = frame.width / 2 * 2;
    height_ = frame.height / 2 * 2;
    SEQRL_REQUIRE(width_ > 0 && height_ > 0, "{}: invalid frame size {} × {}", title_, frame.width,
                  frame.height);
  }

  int width() const override { return width_; }
  int height() const override { return height_; }
  double step_seconds() const override {
    constexpr double kUsual = 30;
    return 1 / (env_.frames_per_second() > 0 ? env_.frames_per_second() : kUsual);
  }

  std::span<const std::uint8_t> draw(std::span<const Caption>) override {
    if (!env_.can_draw()) return pixels_;  // the last picture before the simulation broke
    const GymnasiumFrame frame = env_.frame();
    if (frame.width / 2 * 2 != width_ || frame.height / 2 * 2 != height_) {
      fail("{}: the frame size changed from {} × {} to {} × {}", title_, width_, height_,
           frame.width, frame.height);
    }
    const auto row = static_cast<std::size_t>(3 * width_);
    pixels_.resize(row * static_cast<std::size_t>(height_));
    for (int y = 0; y < height_; ++y) {
      std::copy_n(frame.rgb.begin() + std::ptrdiff_t{3} * frame.width * y, row,
                  pixels_.begin() + static_cast<std::ptrdiff_t>(row) * y);
    }
    return pixels_;
  }

 private:
  GymnasiumEnv& env_;
  std::string title_;
  int width_ = 0, height_ = 0;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace

std::unique_ptr<FrameSource> make_frames(Env& env, const std::string& title,
                                         const FrameOptions& options) {
  if (const auto* mujoco = dynamic_cast<const MujocoEnv*>(&env)) {
    return std::make_unique<MujocoFrames>(*mujoco, options);
  }
  auto* gymnasium = dynamic_cast<GymnasiumEnv*>(&env);
  SEQRL_REQUIRE(gymnasium != nullptr, "{} is not simulated by MuJoCo: it cannot be rendered",
                title);
  SEQRL_REQUIRE(options.camera.empty(),
                "camera={}: {} renders its own frames and takes its options in env.options, such "
                "as env.options.camera_name={}",
                options.camera, title, options.camera);
  return std::make_unique<GymnasiumFrames>(*gymnasium, title);
}

}  // namespace seqrl::tools
