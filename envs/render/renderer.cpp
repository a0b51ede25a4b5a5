#include "envs/render/renderer.h"

#include <algorithm>

#include "configs/base/error.h"
#include "envs/render/driver_leaks.h"
#include "envs/render/scene.h"

namespace seqrl {

Renderer::Renderer(const MujocoModel& model, int width, int height, const std::string& camera)
    : width_(width), height_(height) {
  SEQRL_REQUIRE(width > 0 && height > 0, "an image cannot have {}x{} pixels", width, height);
  scene_ = std::make_unique<Scene>(model, Scene::Target::picture, width, height, camera);
  pixels_.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  upside_down_.resize(pixels_.size());
}

Renderer::~Renderer() = default;

std::span<const std::uint8_t> Renderer::draw(const MujocoEnv& env,
                                             std::span<const Caption> captions) {
  const DriverLeaks driver;
  const MujocoCall call;
  scene_->draw(env, width_, height_, captions);
  mjr_readPixels(upside_down_.data(), nullptr, {0, 0, width_, height_}, &scene_->context());
  const std::size_t row = static_cast<std::size_t>(width_) * 3;
  for (std::size_t y = 0; y < static_cast<std::size_t>(height_); ++y) {
    const auto from = upside_down_.end() - static_cast<std::ptrdiff_t>((y + 1) * row);
    std::copy_n(from, row, pixels_.begin() + static_cast<std::ptrdiff_t>(y * row));
  }
  return pixels_;
}

}  // namespace seqrl
