// What every environment's options share.
#pragma once

#include <string>

#include "configs/schema/fields.h"
#include "configs/schema/kinds.h"

namespace seqrl {

struct EnvOptions {
  virtual ~EnvOptions() = default;
  void fields(Fields&) {}

  // What results and datasets call the environment; `kind` is what a config calls it.
  virtual std::string title(const std::string& kind) const { return kind; }

  // Fills in what follows from files, so that a run's config holds on to it.
  virtual void resolve() {}
};

using EnvSection = KindSection<EnvOptions>;

inline std::string title_of(const EnvSection& env) {
  return env.shared().title(env.kind());
}

}  // namespace seqrl
