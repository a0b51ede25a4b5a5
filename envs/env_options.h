// The options of an environment: the keys below `env` in a config, for any kind.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "configs/schema/fields.h"
#include "configs/schema/kinds.h"
#include "envs/env_batch.h"

namespace seqrl {

// The base of each kind's options. A kind with options of its own derives from this, declares them
// in `fields` and is registered with register_env<Options> (envs/registry.h). A kind without
// options uses this class.
struct EnvOptions {
  virtual ~EnvOptions() = default;
  void fields(Fields&) {}

  // The environment's name in results and datasets; `kind` is its name in a config.
  virtual std::string title(const std::string& kind) const { return kind; }

  // Called when a run begins. Fills in values derived from files, such as a model's fingerprint, so
  // that the saved config records how the run was made. An Error if a file is wrong.
  virtual void resolve() {}

  // Whether a key says where the environment comes from or how it is run, but not what it is: the
  // model's path once a fingerprint identifies it, or the interpreter that runs it. Runs and
  // datasets have the same environment if the other keys agree.
  virtual bool is_incidental(std::string_view /*key*/) const { return false; }

  // Environments that are better stepped together, in slots 0 … slots − 1; null if single ones are
  // as good.
  virtual std::unique_ptr<EnvBatch> make_batch(std::size_t /*slots*/) const { return nullptr; }
  virtual bool is_batched() const { return false; }  // whether there is a batch

  // Makes environments check their outputs while they run, which costs time.
  virtual void make_strict() {}
};

// The section `env` of a config: `env: hopper`, or `env: {kind: mjcf, model: my.xml}`.
using EnvSection = KindSection<EnvOptions>;

inline std::string title_of(const EnvSection& env) {
  return env.shared().title(env.kind());
}

}  // namespace seqrl
