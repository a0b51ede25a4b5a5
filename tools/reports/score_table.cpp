#include "tools/reports/score_table.h"

#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/text.h"

namespace seqrl::tools {
namespace {

// The measures of a group that the config requests, in the order of its evaluations.
std::vector<std::string> wanted_measures(const RunGroup& group,
                                         const std::vector<std::string>& patterns) {
  std::vector<std::string> names;
  for (const RunFolder& run : group.runs) {
    if (run.last.empty()) continue;
    if (patterns.empty()) return {main_measure(run.last)};
    for (const Measure& measure : run.last) {
      const auto matches = [&](const std::string& pattern) {
        return ::fnmatch(pattern.c_str(), measure.name.c_str(), 0) == 0 ||
               measure.what() == pattern;
      };
      const bool is_new = std::ranges::find(names, measure.name) == names.end();
      if (is_new && std::ranges::any_of(patterns, matches)) names.push_back(measure.name);
    }
  }
  return names;
}

bool is_score(const std::string& measure) {
  return measure.ends_with("score");
}

SeedSummary summarize(std::vector<double> values, bool score, const TableConfig& config) {
  SeedSummary summary;
  summary.values = std::move(values);
  if (summary.values.empty()) return summary;
  summary.moments = mean_std(summary.values);
  if (!score) return summary;
  summary.iqm = interquartile_mean(summary.values);
  if (summary.values.size() > 1) {
    summary.interval = bootstrap_interval({summary.values}, config.resamples, config.seed);
  }
  return summary;
}

TableRow make_row(const RunGroup& group, const std::string& measure, const TableConfig& config) {
  TableRow row{group.task, group.learner, group.variant, measure, {}, {}, {}, {}, {}, {}};
  std::vector<double> speeds;
  const RunFolder* measured = nullptr;
  for (const RunFolder& run : group.runs) {
    if (run.last.empty()) continue;
    measured = &run;
    row.seeds.push_back(run.seed());
    if (run.parameters) row.parameters = run.parameters;
    if (run.steps_per_second) speeds.push_back(*run.steps_per_second);
  }
  if (!speeds.empty()) row.steps_per_second = mean_std(speeds).mean;
  const bool score = is_score(measure);
  row.last = summarize(values_of(group, measure, EvaluationChoice::last), score, config);
  row.best = summarize(values_of(group, measure, EvaluationChoice::best), score, config);
  for (const RunFolder& run : group.runs) {
    const auto note = [&](const std::vector<Measure>& measures, SeedSummary& summary) {
      const double value = value_of(measures, measure);
      if (std::isfinite(value)) summary.by_seed[run.seed()] = value;
    };
    note(run.last, row.last);
    note(run.best, row.best);
  }
  if (measured == nullptr) return row;
  const std::string task = measured->kind("task");
  const std::string backbone = measured->kind("backbone");
  row.published = task.empty() ? published_for_agent(measured->kind("agent"), backbone, group.task,
                                                     measure, measured->data_facts)
                               : published_for_task(task, backbone, measure, measured->answers());
  return row;
}

// The name of a measure without its target, because targets differ between environments.
std::string across_tasks(const std::string& measure) {
  const std::size_t slash = measure.find('/');
  const std::size_t last = measure.rfind('/');
  return slash == std::string::npos ? measure : measure.substr(0, slash) + measure.substr(last);
}

// The rows of each learner (with its variant) and measure, one per task: for several targets the
// first, which ranks checkpoints.
using RowsByLearner = std::map<std::pair<std::string, std::string>, std::vector<const TableRow*>>;

RowsByLearner rows_by_learner(const std::vector<TableRow>& rows) {
  RowsByLearner learners;
  for (const TableRow& row : rows) {
    if (row.last.values.empty()) continue;
    auto& mine = learners[{row.variant.empty() ? row.learner : row.learner + " " + row.variant,
                           across_tasks(row.measure)}];
    const bool has_task =
        std::ranges::any_of(mine, [&](const TableRow* other) { return other->task == row.task; });
    if (!has_task) mine.push_back(&row);
  }
  return learners;
}

std::vector<TableAggregate> aggregate(const std::vector<TableRow>& rows,
                                      const TableConfig& config) {
  std::vector<TableAggregate> aggregates;
  for (const auto& [name, of_learner] : rows_by_learner(rows)) {
    const std::vector<const TableRow*>& mine = of_learner;
    if (mine.size() < 2 || !is_score(name.second)) continue;
    TableAggregate& all = aggregates.emplace_back();
    all.learner = name.first;
    all.measure = name.second;
    const auto pool = [&](SeedSummary TableRow::*which, double& iqm, Interval& interval) {
      std::vector<std::vector<double>> strata;
      std::vector<double> values;
      for (const TableRow* row : mine) {
        if ((row->*which).values.empty()) continue;
        strata.push_back((row->*which).values);
        values.insert(values.end(), strata.back().begin(), strata.back().end());
      }
      if (values.empty()) {
        iqm = interval.low = interval.high = std::numeric_limits<double>::quiet_NaN();
        return;
      }
      iqm = interquartile_mean(values);
      interval = bootstrap_interval(strata, config.resamples, config.seed);
    };
    for (const TableRow* row : mine) all.tasks.push_back(row->task);
    pool(&TableRow::last, all.last_iqm, all.last_interval);
    pool(&TableRow::best, all.best_iqm, all.best_interval);
  }
  return aggregates;
}

// Compares every learner with the baseline that the config names.
std::vector<TableComparison> compare(const std::vector<TableRow>& rows, const TableConfig& config) {
  std::vector<TableComparison> comparisons;
  if (config.baseline.empty()) return comparisons;
  const RowsByLearner learners = rows_by_learner(rows);
  const auto values = [](const std::vector<const TableRow*>& mine, SeedSummary TableRow::*which) {
    ValuesByPair all;
    for (const TableRow* row : mine) {
      for (const auto& [seed, value] : (row->*which).by_seed) all[{row->task, seed}] = value;
    }
    return all;
  };
  std::vector<std::string> names;
  for (const auto& [name, mine] : learners) names.push_back(name.first);
  SEQRL_REQUIRE(std::ranges::find(names, config.baseline) != names.end(),
                "baseline: no learner {} among these runs{}", shown(config.baseline),
                suggestion(config.baseline, names));
  for (const auto& [name, mine] : learners) {
    const auto base = learners.find({config.baseline, name.second});
    if (name.first == config.baseline || base == learners.end()) continue;
    const auto against = [&](SeedSummary TableRow::*which) {
      return paired_difference(values(mine, which), values(base->second, which), config.resamples,
                               config.seed);
    };
    const auto last = against(&TableRow::last), best = against(&TableRow::best);
    if (last && best)
      comparisons.push_back({name.first, config.baseline, name.second, *last, *best});
  }
  return comparisons;
}

// Names the tasks with runs that were evaluated under different physics.
void note_physics(const std::vector<RunGroup>& groups, std::vector<std::string>& notes) {
  std::map<std::string, std::set<std::string>> physics;
  for (const RunGroup& group : groups) {
    for (const RunFolder& run : group.runs) {
      if (!run.last.empty() && !run.physics.empty()) physics[group.task].insert(run.physics);
    }
  }
  for (const auto& [task, versions] : physics) {
    if (versions.size() < 2) continue;
    notes.push_back(
        fmt::format("{}: these runs are not comparable: MuJoCo changed how the robot moves, and "
                    "they were evaluated with its physics since {}",
                    task, fmt::join(versions, ", and since ")));
  }
}

std::vector<std::string> make_notes(const std::vector<RunGroup>& groups, const ScoreTable& table) {
  std::vector<std::string> notes = {
      "mean ± standard deviation over seeds (n − 1), of the last evaluation and of the best one"};
  const auto any_row = [&](auto&& holds) { return std::ranges::any_of(table.rows, holds); };
  if (any_row([](const TableRow& row) { return row.last.interval.has_value(); })) {
    notes.push_back(
        "IQM: interquartile mean with the 95 % interval of a stratified bootstrap over seeds "
        "(arXiv "
        "2108.13264)");
  }
  if (!table.comparisons.empty()) {
    notes.push_back(
        "paired: the interquartile mean of the differences between runs of one task and seed, with "
        "the 95 % interval of a bootstrap in which each task is a stratum; above: the share of "
        "pairs in which the learner has the higher value");
  }
  std::set<std::pair<char, std::string>> sources;
  for (const TableRow& row : table.rows) {
    for (const Published& number : row.published) {
      sources.emplace(
          number.mark,
          fmt::format(
              "({}) {}{}", number.mark, number.source,
              number.verified ? "" : "; quoted from memory, not checked against the source"));
    }
  }
  const auto is_of_d4rl = [](const Published& number) { return number.measure == "score"; };
  if (any_row(
          [&](const TableRow& row) { return std::ranges::any_of(row.published, is_of_d4rl); })) {
    notes.push_back(
        "published numbers are for D4RL's own files; a dataset with the same name, environment, "
        "size and mean return is assumed to be one. If it was collected with other policies, it is "
        "not the D4RL file, and its scores are not comparable");
  }
  for (const auto& [mark, text] : sources) notes.push_back(text);
  note_physics(groups, notes);
  for (const RunGroup& group : groups) {
    for (const RunFolder& run : group.runs) {
      if (run.last.empty()) {
        notes.push_back(run.path.string() + ": not evaluated yet, left out");
      } else if (std::to_string(run.last_step) != run.setting("training.steps")) {
        notes.push_back(fmt::format("{}: evaluated after {} of {} steps", run.path.string(),
                                    run.last_step, run.setting("training.steps")));
      }
      if (run.remeasured_step > 0) {
        notes.push_back(fmt::format(
            "{}: evaluated differently until step {}: the best is from the evaluations since then",
            run.path.string(), run.remeasured_step));
      }
    }
  }
  return notes;
}

}  // namespace

void TableConfig::fields(Fields& field) {
  field("metrics", metrics,
        "metrics to show, such as score, stream/3600/return or stream/*/score; [] = the first "
        "target's score, or a task's main metric");
  field("resamples", resamples, "number of bootstrap resamples", in_range(100, 10000000));
  field("seed", seed, "seed of the bootstrap");
  field("baseline", baseline,
        "learner to compare the others with, over shared tasks and seeds; \"\" = none");
}

ScoreTable make_table(const std::vector<RunGroup>& groups, const TableConfig& config) {
  ScoreTable table;
  std::string known;
  for (const RunGroup& group : groups) {
    for (const std::string& measure : wanted_measures(group, config.metrics)) {
      table.rows.push_back(make_row(group, measure, config));
    }
    for (const RunFolder& run : group.runs) {
      for (const Measure& measure : run.last) {
        const bool is_new =
            (", " + known + ", ").find(", " + measure.name + ", ") == std::string::npos;
        if (is_new) known += (known.empty() ? "" : ", ") + measure.name;
      }
    }
  }
  SEQRL_REQUIRE(!known.empty(),
                "none of these runs has been evaluated yet: there is nothing to show");
  SEQRL_REQUIRE(!table.rows.empty(), "metrics: no metric has that name; these runs have {}", known);
  table.aggregates = aggregate(table.rows, config);
  table.comparisons = compare(table.rows, config);
  table.notes = make_notes(groups, table);
  return table;
}

}  // namespace seqrl::tools
