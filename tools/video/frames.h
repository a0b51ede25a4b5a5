// A frame source draws an environment as it is now.
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

  // How long a step takes in the environment's own time.
  virtual double step_seconds() const = 0;

  // (height, width, 3) bytes of red, green and blue from the top left, valid until the next call.
  // Captions are drawn where the source can write.
  virtual std::span<const std::uint8_t> draw(std::span<const Caption> captions) = 0;
};

struct FrameOptions {
  int width = 640, height = 480;  // of MuJoCo's pictures; Gymnasium's have the size they have
  std::string camera;             // of MuJoCo's (envs/render/renderer.h)
};

// What draws `env`, which must outlive it: MuJoCo, or Gymnasium's render_mode rgb_array, for which
// an episode is begun. An Error of kind user for an environment that neither draws; `title` is what
// messages call it.
std::unique_ptr<FrameSource> make_frames(Env& env, const std::string& title,
                                         const FrameOptions& options);

}  // namespace seqrl::tools
