// A frame source draws the current state of an environment.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "envs/env.h"
#include "envs/render/renderer.h"

namespace seqrl::tools {

class FrameSource {
 public:
  virtual ~FrameSource() = default;

  // In pixels, both even.
  virtual int width() const = 0;
  virtual int height() const = 0;

  // The duration of a step in the environment's time.
  virtual double step_seconds() const = 0;

  // (height, width, 3) bytes of red, green and blue from the top left, valid until the next call.
  // Captions are drawn if the source supports text.
  virtual std::span<const std::uint8_t> draw(std::span<const Caption> captions) = 0;
};

struct FrameOptions {
  int width = 640, height = 480;  // of MuJoCo's pictures; Gymnasium's size is fixed
  std::string camera;             // of MuJoCo's (envs/render/renderer.h)
};

// The source that draws `env`, which must outlive it: MuJoCo, or Gymnasium's render_mode rgb_array,
// for which an episode is begun. An Error of kind user if neither can draw the environment; `title`
// names it in messages.
std::unique_ptr<FrameSource> make_frames(Env& env, const std::string& title,
                                         const FrameOptions& options);

}  // namespace seqrl::tools
