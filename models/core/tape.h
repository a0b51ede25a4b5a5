// A tape: reverse-mode automatic differentiation. Ops record their backward rules; the tape runs
// them in reverse. A pass is one computation on a tape: forward and, if it records, backward.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "models/core/arena.h"
#include "models/core/dropout_key.h"
#include "models/core/profile.h"
#include "models/core/tensor.h"
#include "models/core/weight_panels.h"

namespace seqrl {

// The kind of a pass, and the key of its random numbers.
struct Pass {
  bool record = false;    // keep what backward() needs
  bool training = false;  // dropout is active
  std::uint64_t seed = 0;
  std::uint64_t step = 0;
  std::uint32_t shard = 0;
  // For a pass over all shards of a batch at once: dropout draws for each shard the same numbers as
  // a pass over that shard alone. 0: the pass covers one shard.
  std::int64_t shards = 0, batch = 0;
  // For a pass that a device replays by itself: the address of the step number in device memory.
  // If null, `step` is used.
  const std::uint64_t* step_on_device = nullptr;
};

// The destination of an input's gradient. An op's backward rule writes it or adds to it.
struct GradientSink {
  Tensor tensor;    // of the input's shape
  bool accumulate;  // true: add to the existing gradient; false: there is none, overwrite
};

// Every tensor that an op computes lives in the tape's arena until the next pass begins. It points
// to its tape; an op finds the tape through its inputs. Not thread-safe: one thread at a time.
class Tape {
 public:
  explicit Tape(Device device = Device::cpu) : arena_(device) {}
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  // Starts a pass; tensors of the previous pass become invalid.
  void begin(const Pass& pass);

  // Bytes that this pass has allocated so far.
  std::size_t bytes() const { return arena_.used(); }

  Device device() const { return arena_.device(); }
  const Pass& pass() const { return pass_; }
  bool recording() const { return pass_.record; }
  bool training() const { return pass_.training; }

  // A scope in which a tape records nothing: results are constants.
  class NoGradient {
   public:
    explicit NoGradient(Tape& tape) : tape_(tape), record_(tape.pass_.record) {
      tape.pass_.record = false;
    }
    NoGradient(const NoGradient&) = delete;
    NoGradient& operator=(const NoGradient&) = delete;
    ~NoGradient() { tape_.pass_.record = record_; }

   private:
    Tape& tape_;
    bool record_;
  };

  // Gradients of parameters are added to `flat` (the layout of their ParameterBlock).
  void set_parameter_gradients(Tensor flat) { parameter_gradients_ = flat; }

  // Weights packed for the matrix products, kept by the parameters' owner: one element, or null,
  // for each ParameterBlock that the passes use.
  static constexpr std::size_t kMaxPackedWeights = 3;
  void set_packed_weights(std::initializer_list<const WeightPanels*> packed);
  void set_packed_weights(const WeightPanels* packed) { set_packed_weights({packed}); }
  // The panels of a parameter; nulls if it was not packed.
  WeightPanels::Panels find_panels(const Tensor& weight) const;

  // Uninitialised memory. output(): an op's result, or a pass's input with a gradient. constant():
  // an input without one.
  Tensor output(Shape shape, DType dtype);
  Tensor constant(Shape shape, DType dtype);
  template <typename T>
  T* scratch(std::int64_t count) {
    return static_cast<T*>(arena_.allocate(static_cast<std::size_t>(count) * sizeof(T)));
  }

  // A constant in other memory of the tape's device, without a copy. Its values must stay there
  // unchanged until the pass ends.
  Tensor constant_at(const Tensor& elsewhere) {
    return view(elsewhere.raw(), elsewhere.shape(), elsewhere.dtype());
  }

  // Zeros, which must not be written to: they are shared and persist across passes.
  Tensor zeros(Shape shape, DType dtype);

  // Marks the work from now on as this op's, for a Profile. `name` must outlive the tape.
  void begin_op(const char* name) {
    op_ = name;
    if (Profile* profile = Profile::current()) profile->enter(name, false);
  }

  // Stores `backward`, a callable without arguments; backward() runs them in reverse order.
  template <typename F>
  void record(const F& backward) {
    static_assert(std::is_trivially_copyable_v<F> && std::is_trivially_destructible_v<F>,
                  "a backward rule captures views and numbers, nothing that owns");
    if (!pass_.record) return;
    void* memory = rules_.allocate(sizeof(F));
    new (memory) F(backward);
    nodes_.push_back({[](void* f) { (*static_cast<F*>(f))(); }, memory, op_});
  }

  // The gradient of an op's output, complete when the op's backward rule runs; zeros if nothing
  // downstream used the output. Its memory is reused for later gradients once that rule has run.
  Tensor gradient(const Tensor& output);

  // Whether the gradient of `output` is all ones. This holds for the argument of backward() until
  // its gradient is requested or added to. A rule that handles this case need not read it.
  bool has_gradient_of_ones(const Tensor& output) const {
    return ones_.defined() && output.slot_ == ones_.slot_;
  }

  // Makes the gradient of `output`, returned by gradient(), the gradient of an `input` of the same
  // size, without a copy. Returns false if it was already moved, or if the input already has a
  // gradient or, as a parameter, a place of its own.
  bool move_gradient(const Tensor& output, const Tensor& input);

  // The destination of the gradient of an op's input, which must require one.
  GradientSink sink(const Tensor& input);

  // Sums over the rows of an output's gradient, in `count` parts (count, columns) that are not yet
  // added up. A rule that writes a gradient may keep them, in memory of this pass, for the rule of
  // the op that computed the output. They are dropped once something is added to the gradient.
  struct RowSums {
    const void* parts = nullptr;
    std::int64_t count = 0;
  };
  void keep_row_sums(const Tensor& output, const RowSums& sums);
  RowSums row_sums(const Tensor& output) const;

  // Differentiates the sum of `loss`'s elements (usually one).
  void backward(const Tensor& loss);

  // Only runs the backward rules, for a caller that filled the gradient of the result itself.
  void run_backward();

  // Work that rules defer, to be done together after all rules have run.
  class Deferred {
   public:
    virtual ~Deferred() = default;
    virtual void finish() = 0;
  };
  // The tape's instance of this kind, which its next backward pass finishes.
  template <typename Kind>
  Kind& deferred() {
    for (const auto& each : deferred_) {
      if (auto* found = dynamic_cast<Kind*>(each.get())) return *found;
    }
    deferred_.push_back(std::make_unique<Kind>());
    return static_cast<Kind&>(*deferred_.back());
  }

  // The key of the next use of dropout: each use in a pass gets a different key.
  DropoutKey next_dropout();

 private:
  struct Node {
    void (*call)(void*);
    void* closure;
    const char* op;
  };
  Tensor view(void* data, Shape shape, DType dtype);
  GradientSink place_of_gradient(const Tensor& input);
  void* gradient_memory(std::size_t bytes);
  void fill_ones();

  Arena arena_;
  std::vector<Storage> zeros_;  // each larger than the one before
  Arena rules_;                 // the backward rules, called by the host
  Pass pass_;
  std::vector<Node> nodes_;
  const char* op_ = "inputs";     // the op that runs
  std::vector<void*> gradients_;  // by slot; null until first used
  Tensor ones_;                   // its gradient is ones and not yet in memory
  // Memory of gradients that no later rule reads, for reuse by gradients of the same size: the
  // latest, still in the cache, first. And memory of the gradients that the current rule reads.
  std::vector<std::span<std::byte>> spent_, reading_;
  std::vector<std::pair<std::int64_t, RowSums>> row_sums_;  // by slot
  std::vector<std::unique_ptr<Deferred>> deferred_;
  Tensor parameter_gradients_;
  std::array<const WeightPanels*, kMaxPackedWeights> packed_weights_{};
  std::uint32_t dropouts_ = 0;
};

}  // namespace seqrl
