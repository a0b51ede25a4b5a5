#include "models/ops/row_sums.h"

#include <vector>

#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

TEST_CASE("sums over rows are added to the gradient of a tensor shared by all rows") {
  Tape tape;
  tape.begin({.record = true});
  const Tensor bias = make_input(tape, {2}, std::vector<double>{0, 0});
  const std::vector<double> rows = {1, 2, 3, 4, 5, 6};
  add_row_sums(tape, bias, 3, rows.data());
  add_row_sums(tape, bias, 1, rows.data());
  const GradientSink sink = tape.sink(bias);
  CHECK(sink.accumulate);
  CHECK(sink.tensor.data<double>()[0] == 1 + 3 + 5 + 1);
  CHECK(sink.tensor.data<double>()[1] == 2 + 4 + 6 + 2);
}

TEST_CASE("an input that is missing or needs no gradient gets no sums over rows") {
  Tape tape;
  tape.begin({.record = true});
  const std::vector<double> rows = {1, 2};
  const Tensor constant = tape.constant({2}, DType::f64);
  const std::size_t before = tape.bytes();
  add_row_sums(tape, Tensor(), 1, rows.data());
  add_row_sums(tape, constant, 1, rows.data());
  CHECK(tape.bytes() == before);
}
