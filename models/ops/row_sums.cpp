#include "models/ops/row_sums.h"

#include <array>
#include <span>
#include <vector>

#include "models/ops/cpu/reduce.h"
#include "models/ops/cuda/reduce.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

template <typename T>
class DeferredSums : public Tape::Deferred {
 public:
  void add(const cuda::PartSum<T>& sum) { sums_.push_back(sum); }
  void finish() override {
    cuda::add_up<T>(sums_);
    sums_.clear();
  }

 private:
  std::vector<cuda::PartSum<T>> sums_;
};

}  // namespace

template <typename T>
T* parts_for(Tape& tape, const Tensor& input, std::int64_t count) {
  return op::wants_gradient(input) ? tape.scratch<T>(count * input.size()) : nullptr;
}

template <typename T>
void add_part_sums(Tape& tape, std::initializer_list<InputParts<T>> all) {
  constexpr std::size_t kMost = 8;
  std::array<cuda::PartSum<T>, kMost> now{};
  std::size_t count = 0;
  for (const InputParts<T>& of : all) {
    if (!op::wants_gradient(of.input)) continue;
    const op::Sink<T> sink = op::sink_of<T>(tape, of.input);
    const cuda::PartSum<T> sum{of.parts, sink.data, of.count, of.input.size(), sink.accumulate};
    if (of.input.is_parameter()) {
      tape.deferred<DeferredSums<T>>().add(sum);
    } else {
      SEQRL_CHECK(count < kMost);
      now[count++] = sum;
    }
  }
  if (count > 0) cuda::add_up<T>(std::span(now).first(count));
}

template <typename T>
void add_part_sums(Tape& tape, const Tensor& input, std::int64_t count, const T* parts) {
  add_part_sums<T>(tape, {{input, count, parts}});
}

template <typename T>
void add_row_sums(Tape& tape, const Tensor& input, std::int64_t rows, const T* x) {
  if (!op::wants_gradient(input)) return;
  const std::int64_t columns = input.size();
  if (op::on_cuda(tape)) {
    const std::int64_t count = cuda::RowParts(rows).count;
    T* parts = parts_for<T>(tape, input, count);
    cuda::sum_parts<T>(rows, columns, x, parts);
    return add_part_sums<T>(tape, input, count, parts);
  }
  const auto [gradient, accumulate] = tape.sink(input);
  cpu::sum_rows(rows, columns, x, gradient.data<T>(), accumulate);
}

template <typename T>
void add_gradient_sums(Tape& tape, const Tensor& input, const Tensor& y, std::int64_t rows,
                       const T* dy) {
  const Tape::RowSums kept = tape.row_sums(y);
  if (!kept.parts) return add_row_sums<T>(tape, input, rows, dy);
  add_part_sums<T>(tape, input, kept.count, static_cast<const T*>(kept.parts));
}

#define SEQRL_ROW_SUMS(T)                                                    \
  template T* parts_for(Tape&, const Tensor&, std::int64_t);                 \
  template void add_part_sums(Tape&, std::initializer_list<InputParts<T>>);  \
  template void add_part_sums(Tape&, const Tensor&, std::int64_t, const T*); \
  template void add_row_sums(Tape&, const Tensor&, std::int64_t, const T*);  \
  template void add_gradient_sums(Tape&, const Tensor&, const Tensor&, std::int64_t, const T*);
SEQRL_ROW_SUMS(float)
SEQRL_ROW_SUMS(double)

}  // namespace seqrl
