// The options of an environment: what a config may say below `env`, whichever the kind.
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
// in `fields` and is registered with register_env<Options> (envs/registry.h); one without uses
// this.
struct EnvOptions {
  virtual ~EnvOptions() = default;
  void fields(Fields&) {}

  // What results and datasets call the environment; `kind` is what a config calls it.
  virtual std::string title(const std::string& kind) const { return kind; }

  // Called when a run begins. Fills in what follows from files, such as a model's fingerprint, so
  // that the config that the run keeps says what it was made with. An Error where a file is wrong.
  virtual void resolve() {}

  // Whether a key says where the environment comes from and how it is run, not what it is: where
  // its model lies, once a fingerprint tells it, or which interpreter runs it. Runs and datasets
  // are of the same environment where the other keys agree.
  virtual bool is_incidental(std::string_view /*key*/) const { return false; }

  // Environments that are better stepped together, in slots 0 … slots − 1; null where nothing is
  // gained, and single ones do.
  virtual std::unique_ptr<EnvBatch> make_batch(std::size_t /*slots*/) const { return nullptr; }
  virtual bool is_batched() const { return false; }  // whether there is a batch

  // Has environments check what they give as they go, which costs time.
  virtual void make_strict() {}
};

// The section `env` of a config: `env: hopper`, or `env: {kind: mjcf, model: my.xml}`.
using EnvSection = KindSection<EnvOptions>;

inline std::string title_of(const EnvSection& env) {
  return env.shared().title(env.kind());
}

}  // namespace seqrl
