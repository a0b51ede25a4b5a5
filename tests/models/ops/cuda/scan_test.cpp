#include "models/ops/scan.h"

#include "models/ops/cuda/scan.h"
#include "models/ops/elementwise.h"
#include "models/ops/linear.h"
#include "tests/catch.h"
#include "tests/models/cuda/compare.h"

using namespace seqrl;

namespace {

// Short and long sequences, with remainders of chunks of 32 and more; channels that are loaded one
// by one, and four at once.
const Shape kScanShapes[] = {{2, 3, 4},     {1, 1, 1},   {3, 31, 33},  {2, 33, 3},  {1, 257, 5},
                             {1, 1000, 1},  {2, 64, 7},  {2, 0, 3},    {0, 2, 3},   {300, 20, 2},
                             {1, 1000, 4},  {3, 65, 12}, {2, 600, 36}, {1, 128, 8}, {5, 63, 4},
                             {2, 520, 100}, {1, 57, 32}, {1, 9, 160}};

}  // namespace

TEST_CASE("linear_recurrence on CUDA matches the CPU for each kind of h0") {
  for (const Shape& shape : kScanShapes) {
    CAPTURE(shape.text());
    CHECK(DeviceComparison{}({shape, shape, {shape[0], shape[2]}}, [](Tape&, const auto& in) {
            return linear_recurrence(in[0], in[1], in[2]);
          }) == "");
    CHECK(DeviceComparison{}({shape, shape, {shape[2]}}, [](Tape&, const auto& in) {
            return linear_recurrence(in[0], in[1], in[2]);
          }) == "");
    CHECK(DeviceComparison{}({shape}, [](Tape&, const auto& in) {
            return linear_recurrence(in[0], in[0], {});
          }) == "");
  }
}

TEST_CASE("the min cells on CUDA match the CPU for each kind of h0") {
  for (const auto scan : {min_gru_scan, min_lstm_scan}) {
    for (const CandidateState state : {CandidateState::positive, CandidateState::signed_}) {
      for (const Shape& shape : kScanShapes) {
        CAPTURE(shape.text());
        const Shape gates = shape.with_back((scan == min_gru_scan ? 2 : 3) * shape[2]);
        const DeviceComparison compare{.low = -3, .high = 3};
        const auto from_h0 = [&](Tape&, const auto& in) { return scan(in[0], in[1], state); };
        CHECK(compare({gates, {shape[0], shape[2]}}, from_h0) == "");
        CHECK(compare({gates, {shape[2]}}, from_h0) == "");
        CHECK(compare({gates}, [&](Tape&, const auto& in) { return scan(in[0], {}, state); }) ==
              "");
      }
    }
  }
}

TEST_CASE("the min cells on CUDA sum the gradients of their gates for the layer before them") {
  for (const auto scan : {min_gru_scan, min_lstm_scan}) {
    for (const Shape& shape : kScanShapes) {
      CAPTURE(shape.text());
      const std::int64_t gates = (scan == min_gru_scan ? 2 : 3) * shape[2];
      const auto apply = [&](Tape&, const auto& in) {
        return scan(linear(in[0], in[1], in[2]), {}, CandidateState::positive);
      };
      CHECK(DeviceComparison{}({{shape[0], shape[1], 2}, {gates, 2}, {gates}}, apply) == "");
      // The sums are discarded if something else is added to the gradient.
      CHECK(DeviceComparison{}({{shape[0], shape[1], 2}, {gates, 2}, {gates}},
                               [&](Tape&, const auto& in) {
                                 const Tensor both = linear(in[0], in[1], in[2]);
                                 return add(scan(both, {}, CandidateState::signed_),
                                            scan(both, {}, CandidateState::positive));
                               }) == "");
    }
  }
}

TEST_CASE("a long recurrence on CUDA carries its state across chunks") {
  const std::int64_t time = 65536;
  CHECK(cuda::ScanPlan({1, time, 2, 2}).chunks == 256);
  CHECK(DeviceComparison{.low = 0.5, .high = 0.999}(
            {{1, time, 2}, {1, time, 2}, {2}},
            [](Tape&, const auto& in) { return linear_recurrence(in[0], in[1], in[2]); }) == "");
}

TEST_CASE("chunks of a scan cover every token once") {
  for (const std::int64_t time : {0, 1, 31, 32, 33, 1000, 65536}) {
    for (const std::int64_t channels : {1, 100, 8192, 1 << 20}) {
      const cuda::ScanPlan plan({1, time, channels, 0});
      CHECK(plan.chunks * plan.length >= time);
      CHECK((plan.chunks == 0 || (plan.chunks - 1) * plan.length < time));
    }
  }
}
