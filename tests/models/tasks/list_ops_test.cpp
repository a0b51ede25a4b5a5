#include "models/tasks/list_ops.h"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <set>

#include "configs/base/error.h"
#include "tests/catch.h"
#include "tests/models/tasks/written.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

ListOpsConfig small_list_ops() {
  ListOpsConfig config;
  config.max_depth = 5;
  config.max_args = 6;
  config.min_length = 8;
  config.max_length = 60;
  config.training_examples = 50;
  config.evaluation_examples = 200;
  return config;
}

// A second evaluator, by recursive descent, which also measures expressions.
struct Descent {
  std::span<const std::int32_t> tokens;
  std::size_t at = 0;
  int deepest = 0, most_args = 0;

  double value(int depth = 1) {
    deepest = std::max(deepest, depth);
    const std::int32_t token = tokens[at++];
    if (token <= 9) return token;
    std::vector<double> args;
    while (tokens[at] != kListEnd) args.push_back(value(depth + 1));
    ++at;
    most_args = std::max(most_args, static_cast<int>(args.size()));
    std::sort(args.begin(), args.end());
    const std::size_t n = args.size();
    if (token == kListMin) return args.front();
    if (token == kListMax) return args.back();
    if (token == kListMedian) return std::floor((args[(n - 1) / 2] + args[n / 2]) / 2);
    return static_cast<int>(std::accumulate(args.begin(), args.end(), 0.0)) % 10;
  }
};

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("two evaluators agree on generated expressions, which obey their limits") {
  const auto task = make_list_ops(small_list_ops(), 1);
  std::set<std::int32_t> values, operations;
  int deepest = 0, most_args = 0;
  for (const auto& examples : {training_examples(*task, 300), evaluation_examples(*task)}) {
    for (const Written& example : examples) {
      Descent descent{example.tokens()};
      CHECK(example.answers() == std::vector{static_cast<std::int32_t>(descent.value())});
      CHECK(descent.at == example.tokens().size());
      CHECK((example.tokens().size() > 8 && example.tokens().size() < 60));
      deepest = std::max(deepest, descent.deepest);
      most_args = std::max(most_args, descent.most_args);
      values.insert(example.answers()[0]);
      operations.insert(example.tokens()[0]);
    }
  }
  CHECK(deepest == 5);
  CHECK(most_args == 6);
  CHECK(values.size() == 10);
  CHECK(operations == std::set<std::int32_t>{kListMin, kListMax, kListMedian, kListSum});
}

TEST_CASE("example expressions are evaluated, and invalid ones rejected") {
  const auto value = [](const char* text) {
    return evaluate_list_ops(parse_list_ops(text, "here"));
  };
  CHECK(value("7") == 7);
  CHECK(value("[MAX 2 9 [MIN 4 7 ] 0 ]") == 9);  // the paper's example
  CHECK(value("[MED 9 1 4 ]") == 4);
  CHECK(value("[MED 9 1 4 6 ]") == 5);
  CHECK(value("[MED 1 2 ]") == 1);
  CHECK(value("[SM 9 9 [SM 1 2 ] ]") == 1);
  CHECK(value("( ( ( [MAX 3 ) ( ( ( [MIN 8 ) 5 ) ] ) ) ] )") == 5);
  for (const char* text : {"[MAX 1 2", "[MAX ]", "1 2", "] 1", "1 ]"}) {
    CHECK_THROWS_AS(value(text), Error);
  }
  CHECK_THROWS_WITH(value("[MAX 1 12 ]"), "here: unknown token '12' in a ListOps expression");
  CHECK_THROWS_WITH(value("( )"), "here: an expression is empty");
}

TEST_CASE("the published parameters give the published lengths, in a set of fixed size") {
  ListOpsConfig config;
  config.training_examples = 3;
  const auto task = make_list_ops(config, 1);
  std::set<std::vector<std::int32_t>> seen;
  for (std::uint64_t step = 0; step < 5; ++step) {
    for (const Written& example : training_examples(*task, 8, step)) {
      CHECK((example.tokens().size() > 500 && example.tokens().size() < 2000));
      seen.insert(example.tokens());
    }
  }
  CHECK(seen.size() == 3);
}

TEST_CASE("limits that no expression meets are an error instead of an endless search") {
  ListOpsConfig config;
  config.max_depth = 2;
  config.max_args = 2;
  Random random(1, Purpose::test);
  CHECK_THROWS_WITH(draw_list_ops(random, config),
                    Catch::Contains("expressions had between 501 and 1999 tokens"));
}

TEST_CASE("Long Range Arena's files are read as published") {
  const TemporaryFolder folder;
  const std::string header = "Source\tTarget\r\n";
  write_file(folder / "basic_train.tsv", header +
                                             "( ( ( [MAX 4 ) 3 ) ] )\t4\r\n"
                                             "( ( ( [SM 8 ) ( ( [MIN 7 ) ] ) ) ] )\t5\r\n");
  write_file(folder / "basic_val.tsv", header + "2\t2\r\n");
  write_file(folder / "basic_test.tsv", header + "( ( [MED 6 ) ] )\t6\r\n1\t1\r\n");
  ListOpsConfig config;
  config.data = folder.path().string();
  const auto task = make_list_ops(config, 1);
  std::set<std::vector<std::int32_t>> seen;
  for (const Written& example : training_examples(*task, 50)) {
    seen.insert(example.tokens());
    CHECK(example.answers()[0] == (example.tokens().size() == 4 ? 4 : 5));
  }
  CHECK(seen == std::set<std::vector<std::int32_t>>{
                    {kListMax, 4, 3, kListEnd}, {kListSum, 8, kListMin, 7, kListEnd, kListEnd}});
  const auto tested = evaluation_examples(*task);
  REQUIRE(tested.size() == 2);
  CHECK(tested[0].tokens() == std::vector<std::int32_t>{kListMedian, 6, kListEnd});
  CHECK(tested[0].answers()[0] == 6);
  config.evaluate_on = "validation";
  CHECK(evaluation_examples(*make_list_ops(config, 1))[0].answers()[0] == 2);

  const auto error = [&](const std::string& text) {
    write_file(folder / "basic_train.tsv", text);
    try {
      make_list_ops(config, 1);
    } catch (const Error& e) {
      return std::string(e.what()).substr(folder.path().string().size());
    }
    return std::string("(accepted)");
  };
  CHECK(error("1\t1\n") == "/basic_train.tsv:1: expected the header Source, Target");
  CHECK(error(header) == "/basic_train.tsv: contains no expression");
  CHECK(error(header + "1\t10\n") == "/basic_train.tsv:2: the target is '10', expected a digit");
  CHECK(error(header + "1\n") == "/basic_train.tsv:2: the line has 1 columns, expected 2");
  CHECK(error(header + "[MOX 1 ]\t1\n") ==
        "/basic_train.tsv:2: unknown token '[MOX' in a ListOps expression");
}
