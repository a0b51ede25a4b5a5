#include "models/ops/attention.h"

#include "models/ops/elementwise.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

namespace {

struct Case {
  std::int64_t batch, time, dim, heads, window;
};
// Within a tile of 32 and beyond it, with heads of every width that has a kernel.
constexpr Case kCases[] = {{2, 3, 4, 1, 0},    {1, 1, 1, 1, 0},    {3, 31, 24, 4, 7},
                           {1, 33, 40, 1, 0},  {2, 70, 16, 2, 33}, {1, 65, 130, 1, 0},
                           {2, 49, 40, 8, 1},  {0, 5, 4, 2, 0},    {2, 0, 4, 2, 0},
                           {1, 40, 256, 1, 0}, {1, 97, 6, 2, 64}};

}  // namespace

TEST_CASE("attention on CUDA matches the CPU, with and without a window") {
  for (const auto& [batch, time, dim, heads, window] : kCases) {
    CAPTURE(batch, time, dim, heads, window);
    CHECK(DeviceComparison{.low = -2, .high = 2}({{batch, time, 3 * dim}},
                                                 [h = heads, w = window](Tape&, const auto& in) {
                                                   return attention(in[0], {h, w});
                                                 }) == "");
  }
}

TEST_CASE("attention on CUDA uses the CPU's dropout mask") {
  DeviceComparison compare;
  compare.pass.training = true;
  compare.pass.seed = 3;
  for (const auto& [batch, time, dim, heads, window] : kCases) {
    if (dim > 100) continue;  // the head's width does not matter here
    CAPTURE(batch, time, dim, heads, window);
    CHECK(compare({{batch, time, 3 * dim}}, [h = heads, w = window](Tape&, const auto& in) {
            const Tensor first = attention(in[0], {h, w, 0.3});
            return add(first, attention(in[0], {h, w, 0.1}));
          }) == "");
  }
}

TEST_CASE("attention over all shards at once has the dropout masks of separate shards") {
  constexpr std::int64_t batch = 5, shards = 3, time = 9, dim = 4;
  const auto drawn = draws(batch * time * 3 * dim, 0);
  const std::vector<float> values(drawn.begin(), drawn.end());
  Tape whole(Device::cuda);
  whole.begin({.training = true, .seed = 5, .shards = shards, .batch = batch});
  const auto all = values_of<float>(
      attention(make_constant(whole, {batch, time, 3 * dim}, values), {2, 0, 0.3}));
  std::int64_t first = 0;
  for (std::int64_t shard = 0; shard < shards; ++shard) {
    const std::int64_t last = batch * (shard + 1) / shards;
    Tape tape(Device::cuda);
    tape.begin({.training = true, .seed = 5, .shard = static_cast<std::uint32_t>(shard)});
    const std::vector<float> part(values.begin() + first * time * 3 * dim,
                                  values.begin() + last * time * 3 * dim);
    const auto own = values_of<float>(
        attention(make_constant(tape, {last - first, time, 3 * dim}, part), {2, 0, 0.3}));
    CHECK(std::equal(own.begin(), own.end(), all.begin() + first * time * dim));
    first = last;
  }
}

// Puts two chunks of random tokens into a cache, then the inputs, twice, and returns attention's
// outputs for these. `length` is where CUDA reads the number of tokens, or empty.
Tensor after_others(Tape& tape, const Tensor& qkv, const AttentionOptions& options,
                    const Storage& length) {
  const std::int64_t batch = qkv.dim(0), chunk = qkv.dim(1), dim = qkv.dim(2) / 3;
  const std::int64_t rows = attention_cache_rows(options.window, 50 + chunk, chunk);
  AttentionCache cache{tape.constant({batch, rows, dim}, qkv.dtype()),
                       tape.constant({batch, rows, dim}, qkv.dtype()), 0};
  std::int64_t count = 0;
  const auto attend = [&](const Tensor& x) {
    cache.length = count;
    if (tape.device() == Device::cuda && length.bytes() > 0) {
      runtime_of(Device::cuda).write(length.data(), &count, sizeof count);
      cache.length = {-1, reinterpret_cast<std::int64_t*>(length.data())};
    }
    count += x.dim(1);
    return attention(x, options, cache);
  };
  for (const std::int64_t before : {3, 47}) {
    attend(dispatch(qkv.dtype(), [&]<typename T>(T) {
      const auto drawn = draws(batch * before * 3 * dim, 9);
      return make_constant(tape, {batch, before, 3 * dim},
                           std::vector<T>(drawn.begin(), drawn.end()));
    }));
  }
  const Tensor now = attend(qkv);
  return add(now, attend(qkv.frozen()));
}

TEST_CASE("a chunk after others on CUDA reads and extends its cache") {
  for (const std::int64_t window : {0, 1, 5, 40, 70}) {
    for (const std::int64_t chunk : {1, 7, 33}) {
      for (const bool known : {true, false}) {  // whether the host knows the number of tokens
        if (!known && window == 0) continue;
        CAPTURE(window, chunk, known);
        DeviceComparison compare;
        compare.pass.training = true;
        const Storage length = known ? Storage() : Storage(sizeof(std::int64_t), Device::cuda);
        CHECK(compare({{2, chunk, 18}}, [&](Tape& tape, const auto& in) {
                return after_others(tape, in[0], {2, window, 0.2}, length);
              }) == "");
      }
    }
  }
}

TEST_CASE("without a window, the host must know a cache's length") {
  Tape tape(Device::cuda);
  tape.begin({});
  const Storage length(sizeof(std::int64_t), Device::cuda);
  const AttentionCache cache{tape.constant({1, 8, 2}, DType::f32),
                             tape.constant({1, 8, 2}, DType::f32),
                             {0, reinterpret_cast<const std::int64_t*>(length.data())}};
  CHECK_THROWS_WITH(attention(tape.constant({1, 1, 6}, DType::f32), {}, cache),
                    "attention: without a window the cache's length must be known to the host");
}

TEST_CASE("a head that is too large for CUDA's kernels is rejected") {
  Tape tape(Device::cuda);
  tape.begin({});
  CHECK_THROWS_WITH(
      attention(tape.constant({1, 1, 3 * 257}, DType::f32), {}),
      "attention: a head has 257 elements, but CUDA's kernels support at most 256; use more heads");
}
