#include "models/tasks/list_ops.h"

#include <algorithm>
#include <array>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "models/tasks/tsv.h"

namespace seqrl {
namespace {

constexpr std::array<std::pair<std::string_view, std::int32_t>, 5> kWords = {{
    {"[MIN", kListMin},
    {"[MAX", kListMax},
    {"[MED", kListMedian},
    {"[SM", kListSum},
    {"]", kListEnd},
}};

std::int32_t draw(Random& random, std::int64_t low, std::int64_t high) {
  return static_cast<std::int32_t>(
      low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1))));
}

// Appends a node; false if the expression becomes too long.
bool append_node(Random& random, const ListOpsConfig& config, std::int64_t depth,
                 std::vector<std::int32_t>& tokens) {
  constexpr double kOperation = 0.25;
  if (static_cast<std::int64_t>(tokens.size()) + 1 >= config.max_length) return false;
  if (depth >= config.max_depth || random.uniform() >= kOperation) {
    tokens.push_back(draw(random, 0, 9));
    return true;
  }
  tokens.push_back(draw(random, kListMin, kListSum));
  for (std::int32_t args = draw(random, 2, config.max_args); args > 0; --args) {
    if (!append_node(random, config, depth + 1, tokens)) return false;
  }
  tokens.push_back(kListEnd);
  return static_cast<std::int64_t>(tokens.size()) < config.max_length;
}

std::int32_t apply(std::int32_t operation, std::span<std::int32_t> values) {
  switch (operation) {
    case kListMin:
      return std::ranges::min(values);
    case kListMax:
      return std::ranges::max(values);
    case kListMedian: {
      std::ranges::sort(values);
      const std::size_t half = values.size() / 2;
      return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    }
    default: {
      std::int32_t sum = 0;
      for (const std::int32_t value : values) sum += value;
      return sum % 10;
    }
  }
}

void write_expression(std::span<const std::int32_t> tokens, std::int32_t value, Example& example) {
  for (const std::int32_t token : tokens) example.add(token);
  example.answer(value);
}

TaskShape shape_of(const ListOpsConfig& config) {
  return {.symbols = kListOpsSymbols, .classes = 10, .answers = config.answers()};
}

class GeneratedListOps : public FiniteTask {
 public:
  GeneratedListOps(const ListOpsConfig& config, std::uint64_t seed)
      : FiniteTask(shape_of(config), seed), config_(config) {}

  std::int64_t training_length() const override { return config_.max_length - 1; }
  std::int64_t evaluation_length() const override { return training_length(); }
  std::int64_t size(Split split) const override {
    return split == Split::training ? config_.training_examples : config_.evaluation_examples;
  }

 protected:
  void write(Split split, std::int64_t index, Example& example) const override {
    const Purpose purpose = split == Split::training ? Purpose::task : Purpose::task_evaluation;
    Random random(0, purpose, static_cast<std::uint64_t>(index));
    const std::vector<std::int32_t> tokens = draw_list_ops(random, config_);
    write_expression(tokens, evaluate_list_ops(tokens), example);
  }

 private:
  ListOpsConfig config_;
};

class RecordedListOps : public FiniteTask {
 public:
  RecordedListOps(const ListOpsConfig& config, std::uint64_t seed)
      : FiniteTask(shape_of(config), seed) {
    const std::filesystem::path folder = config.data;
    training_.read(folder / "basic_train.tsv");
    evaluation_.read(folder / (config.evaluate_on == "test" ? "basic_test.tsv" : "basic_val.tsv"));
  }

  std::int64_t training_length() const override { return training_.longest; }
  std::int64_t evaluation_length() const override { return evaluation_.longest; }
  std::int64_t size(Split split) const override {
    return static_cast<std::int64_t>(of(split).expressions.size());
  }

 protected:
  void write(Split split, std::int64_t index, Example& example) const override {
    const auto& [tokens, value] = of(split).expressions[static_cast<std::size_t>(index)];
    write_expression(tokens, value, example);
  }

 private:
  struct Part {
    struct Expression {
      std::vector<std::int32_t> tokens;
      std::int32_t value;
    };
    std::vector<Expression> expressions;
    std::int64_t longest = 0;

    void read(const std::filesystem::path& path);
  };
  const Part& of(Split split) const { return split == Split::training ? training_ : evaluation_; }

  Part training_, evaluation_;
};

void RecordedListOps::Part::read(const std::filesystem::path& path) {
  bool header = true;
  for_each_tsv_line(path, 2, [&](const std::string& where, auto fields) {
    if (std::exchange(header, false)) {
      SEQRL_REQUIRE(fields[0] == "Source" && fields[1] == "Target",
                    "{}: expected the header Source, Target", where);
      return;
    }
    Expression expression{parse_list_ops(fields[0], where), 0};
    const std::string_view value = fields[1];
    SEQRL_REQUIRE(value.size() == 1 && value[0] >= '0' && value[0] <= '9',
                  "{}: the target is {}, expected a digit", where, shown(value));
    expression.value = value[0] - '0';
    longest = std::max(longest, static_cast<std::int64_t>(expression.tokens.size()));
    expressions.push_back(std::move(expression));
  });
  SEQRL_REQUIRE(!expressions.empty(), "{}: contains no expression", path.string());
}

}  // namespace

void ListOpsConfig::fields(Fields& field) {
  field("data", data,
        "a folder with Long Range Arena's basic_train.tsv, basic_val.tsv and basic_test.tsv; \"\" "
        "= generate expressions in the same way",
        file_path());
  ClassificationConfig::fields(field);
  field("max_depth", max_depth, "depth of the deepest digits", in_range(2, 64));
  field("max_args", max_args, "maximum number of arguments of an operation", in_range(2, 64));
  field("min_length", min_length, "expressions have more tokens than this", in_range(0, 1 << 20));
  field("max_length", max_length, "expressions have fewer tokens than this", in_range(2, 1 << 20));
  field("training_examples", training_examples, "number of training expressions",
        in_range(1, 1 << 24));
  field("evaluation_examples", evaluation_examples, "number of evaluation expressions",
        in_range(1, 1 << 24));
  field.check(
      "max_length", [this] { return max_length >= min_length + 2; }, "be at least min_length + 2");
}

std::vector<std::int32_t> draw_list_ops(Random& random, const ListOpsConfig& config) {
  constexpr int kDraws = 1'000'000;
  std::vector<std::int32_t> tokens;
  for (int i = 0; i < kDraws; ++i) {
    tokens.clear();
    if (append_node(random, config, 1, tokens) &&
        static_cast<std::int64_t>(tokens.size()) > config.min_length) {
      return tokens;
    }
  }
  reject(
      "list_ops: none of {} expressions had between {} and {} tokens; widen min_length and "
      "max_length, or raise max_depth and max_args",
      kDraws, config.min_length + 1, config.max_length - 1);
}

std::int32_t evaluate_list_ops(std::span<const std::int32_t> tokens) {
  std::vector<std::size_t> open;     // indices in `values` of unfinished operations
  std::vector<std::int32_t> values;  // operations, and the values of finished arguments
  for (const std::int32_t token : tokens) {
    if (token != kListEnd) {
      if (token >= kListMin) open.push_back(values.size());
      values.push_back(token);
      continue;
    }
    SEQRL_REQUIRE(!open.empty() && values.size() > open.back() + 1,
                  "list_ops: a ] closes no operation, or one without arguments");
    const std::span<std::int32_t> arguments = std::span(values).subspan(open.back() + 1);
    values[open.back()] = apply(values[open.back()], arguments);
    values.resize(open.back() + 1);
    open.pop_back();
  }
  SEQRL_REQUIRE(open.empty() && values.size() == 1,
                "list_ops: an expression must be a single operation or digit");
  return values[0];
}

std::vector<std::int32_t> parse_list_ops(std::string_view text, const std::string& where) {
  std::vector<std::int32_t> tokens;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (word.empty() || word == "(" || word == ")") continue;
    const auto* known =
        std::ranges::find(kWords, word, [](const auto& entry) { return entry.first; });
    if (known != kWords.end()) {
      tokens.push_back(known->second);
    } else {
      SEQRL_REQUIRE(word.size() == 1 && word[0] >= '0' && word[0] <= '9',
                    "{}: unknown token {} in a ListOps expression", where, shown(word));
      tokens.push_back(word[0] - '0');
    }
  }
  SEQRL_REQUIRE(!tokens.empty(), "{}: an expression is empty", where);
  return tokens;
}

std::unique_ptr<Task> make_list_ops(const ListOpsConfig& config, std::uint64_t seed) {
  if (config.data.empty()) return std::make_unique<GeneratedListOps>(config, seed);
  return std::make_unique<RecordedListOps>(config, seed);
}

}  // namespace seqrl
