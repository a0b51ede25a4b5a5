#include "tools/costs/measured_backbone.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "configs/base/error.h"
#include "configs/base/random.h"
#include "configs/base/stopwatch.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "models/ops/elementwise.h"
#include "models/ops/loss.h"
#include "models/training/shards.h"
#include "tools/bench/bench.h"
#include "tools/bench/hardware.h"
#include "tools/costs/stepwise_cell.h"

namespace seqrl::tools {
namespace {

struct Described {
  BackboneSection backbone;
  void fields(Fields& field) { field("backbone", backbone, "what to measure"); }
};

// The paper compares the cells alone. A Transformer always has its MLP.
std::string description(const std::string& kind, const CostConfig& config) {
  constexpr std::array kCells = {"min_gru", "min_lstm", "gru", "lstm"};
  std::string text =
      fmt::format("backbone: {{kind: {}, dim: {}, layers: {}", kind, config.dim, config.layers);
  if (std::ranges::find(kCells, kind) != kCells.end()) text += ", mlp: 0";
  if (kind == "transformer") text += fmt::format(", window: {}", config.window);
  return text + "}";
}

std::unique_ptr<StepwiseCell> stepwise_cell(const std::string& kind, const CostConfig& config) {
  const auto cell = kind == "gru_stepwise"    ? std::optional(StepwiseCell::Kind::gru)
                    : kind == "lstm_stepwise" ? std::optional(StepwiseCell::Kind::lstm)
                                              : std::nullopt;
  return cell ? std::make_unique<StepwiseCell>(*cell, config.dim, config.layers) : nullptr;
}

// A module that owns a backbone as its child.
struct Root : Module {
  explicit Root(const BackboneSection& section)
      : Module(nullptr, ""), backbone(make_backbone(this, section)) {}
  std::unique_ptr<Backbone> backbone;
};

// The mean squared difference of y and x, as a share of `count` rows.
Tensor loss_of(const Tensor& y, const Tensor& x, std::int64_t count) {
  Tape& tape = *y.tape();
  const Shape rows = y.shape().rank() == 3 ? Shape{y.dim(0), y.dim(1)} : Shape{y.dim(0)};
  const Tensor mask = tape.constant(rows, DType::f32);
  std::ranges::fill(mask.span<float>(), 1.0f);
  return masked_mean_squared_error(y, x, mask, static_cast<double>(count));
}

}  // namespace

MeasuredBackbone::MeasuredBackbone(const std::string& kind, const CostConfig& config, bool trains)
    : dim_(config.dim), trains_(trains) {
  register_builtin_backbones();
  root_ = stepwise_cell(kind, config);
  if (!root_) {
    if (kind_table<BackboneConfig>().find(kind) == nullptr) {
      reject("no backbone '{}'{}", kind, suggestion(kind, measurable_backbones()));
    }
    const auto described = read_config_text<Described>(description(kind, config), kind);
    auto root = std::make_unique<Root>(described.backbone);
    backbone_ = root->backbone.get();
    root_ = std::move(root);
  }
  SEQRL_REQUIRE(backbone_ != nullptr || trains, "'{}' is measured in training only", kind);
  block_ = std::make_unique<ParameterBlock>(*root_, DType::f32, 1);
  packed_ = std::make_unique<PackedWeights>(*block_, trains);
  packed_->refresh();
}

void MeasuredBackbone::share(std::int64_t batch, int threads) {
  shares_.clear();
  const std::int64_t count = std::min<std::int64_t>(batch, threads);
  for (std::int64_t i = 0; i < count; ++i) {
    auto share = std::make_unique<Share>();
    share->batch = batch * (i + 1) / count - batch * i / count;
    share->tape.set_packed_weights(packed_.get());
    if (trains_) share->gradients = block_->make_buffer();
    shares_.push_back(std::move(share));
  }
}

// Created before a pass, because creating them costs more than a small cell's step.
void MeasuredBackbone::grow_inputs(Share& share, std::int64_t count) {
  const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
  if (share.inputs.bytes() >= bytes) return;
  share.inputs = Storage(bytes);
  float* values = reinterpret_cast<float*>(share.inputs.data());
  Random random(1, Purpose::test);
  for (std::int64_t i = 0; i < count; ++i) values[i] = static_cast<float>(random.uniform(-1, 1));
}

// The input of a pass, copied to its tape like a batch.
Tensor MeasuredBackbone::input(Share& share, const Shape& shape) {
  const Tensor x = share.tape.constant(shape, DType::f32);
  std::memcpy(x.raw(), share.inputs.data(), x.bytes());
  return x;
}

Tensor MeasuredBackbone::loss_of_part(Share& share, std::int64_t batch, std::int64_t time) const {
  const std::int64_t count = share.batch * time;
  if (backbone_) {
    const Tensor x = input(share, {batch, time, dim_});
    return loss_of(backbone_->forward(x), x, count);
  }
  std::vector<Tensor> inputs;
  for (std::int64_t t = 0; t < time; ++t) inputs.push_back(input(share, {batch, dim_}));
  std::vector<Tensor> outputs = inputs;
  static_cast<const StepwiseCell&>(*root_).forward(outputs);
  Tensor loss = loss_of(outputs[0], inputs[0], count);
  for (std::size_t t = 1; t < outputs.size(); ++t) {
    loss = add(loss, loss_of(outputs[t], inputs[t], count));
  }
  return loss;
}

void MeasuredBackbone::training_pass(std::int64_t time, ThreadPool& pool) {
  pool.run(static_cast<int>(shares_.size()), [&](int i) {
    Share& share = *shares_[static_cast<std::size_t>(i)];
    const Tensor flat = block_->flat();
    share.tape.set_parameter_gradients(Tensor(share.gradients.data(), flat.shape(), flat.dtype()));
    const std::int64_t parts = parts_of_shard(
        share.batch, {.tokens = time, .at_once = backbone_ ? backbone_->sequences_at_once() : 1});
    grow_inputs(share, shard_of(share.batch, parts - 1, parts).size() * time * dim_);
    for (std::int64_t part = 0; part < parts; ++part) {
      share.tape.begin({.record = true, .training = true});
      share.tape.backward(loss_of_part(share, shard_of(share.batch, part, parts).size(), time));
    }
  });
}

void MeasuredBackbone::begin_sequences() {
  for (const auto& share : shares_) share->state.emplace(backbone_->initial_state(share->batch));
}

void MeasuredBackbone::read(std::int64_t time, ThreadPool& pool) {
  pool.run(static_cast<int>(shares_.size()), [&](int i) {
    Share& share = *shares_[static_cast<std::size_t>(i)];
    const Shape shape{share.batch, time, dim_};
    grow_inputs(share, shape.size());
    share.tape.begin({});
    backbone_->forward(input(share, shape), &*share.state);
  });
}

std::size_t MeasuredBackbone::bytes() const {
  std::size_t sum = 0;
  for (const auto& share : shares_) sum += share->tape.bytes();
  return sum;
}

std::optional<double> median_seconds(const std::function<void()>& pass, const CostConfig& config,
                                     const std::function<bool()>& stop) {
  const Stopwatch first;
  pass();
  std::vector<double> seconds;
  if (const double took = first.seconds(); took > config.patience) seconds.push_back(took);
  const Stopwatch all;
  while (seconds.empty() || (all.seconds() < config.seconds && seconds.size() < 10000)) {
    if (stop && stop()) return std::nullopt;
    const Stopwatch watch;
    pass();
    seconds.push_back(watch.seconds());
  }
  if (stop && stop()) return std::nullopt;
  return bench::percentile(seconds, 50);
}

}  // namespace seqrl::tools
