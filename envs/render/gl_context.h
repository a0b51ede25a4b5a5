// An OpenGL context without a window.
#pragma once

#include <memory>

namespace seqrl {

// Current on the thread that created it for its lifetime. An Error of kind failure, in one line, if
// there is no OpenGL from a graphics card or Mesa.
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
