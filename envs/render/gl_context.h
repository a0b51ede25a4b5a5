// An OpenGL context without a window.
#pragma once

#include <memory>

namespace seqrl {

// Current on the thread that made it, as long as it lives. An Error of kind failure, in one line,
// where there is no OpenGL: neither a graphics card's nor Mesa's.
class GlContext {
 public:
  GlContext();
  GlContext(const GlContext&) = delete;
  GlContext& operator=(const GlContext&) = delete;
  ~GlContext();

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

}  // namespace seqrl
