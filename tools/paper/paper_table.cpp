#include "tools/paper/paper_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "configs/base/error.h"
#include "tools/paper/experiments.h"

namespace seqrl::tools {
namespace {

constexpr std::int64_t kResamples = 10000;
constexpr double kFlopsOfACore = 150e9;  // assumed, with AVX-512

bool falls(const PublishedNumber& number) {
  return number.measure == "loss";
}

// A run's value of the number's measure, on its scale. Scores are those of the first target.
double value_of_number(const PublishedNumber& number, const RunFolder& run) {
  const std::vector<Measure>& measures = number.what == "best" ? run.best : run.last;
  const std::string name = number.measure == "score" ? main_measure(measures) : number.measure;
  const double value = value_of(measures, name);
  return number.chance ? (value - *number.chance) / (1 - *number.chance) : value;
}

// How much worse the measured mean is than the number; negative if it is better.
double shortfall(const PublishedNumber& number, double mean) {
  return falls(number) ? mean - number.value : number.value - mean;
}

Verdict verdict_of(const PaperRow& row) {
  if (!row.measured) return Verdict::not_run;
  const double tolerance = row.number.tolerance;
  const double worse = shortfall(row.number, *row.measured);
  if (worse < -tolerance) return Verdict::exceeded;
  if (worse <= tolerance) return Verdict::reproduced;
  if (row.step < row.number.step.value_or(row.steps)) return Verdict::unfinished;
  if (!row.interval) return Verdict::differs;
  const double nearest = falls(row.number) ? row.interval->low : row.interval->high;
  return shortfall(row.number, nearest) > tolerance ? Verdict::refuted : Verdict::differs;
}

std::string about(double seconds) {
  const double hours = seconds / 3600;
  return hours < 48 ? fmt::format("{:.1f} hours", hours) : fmt::format("{:.0f} days", hours / 24);
}

// The cost of one seed: six operations per weight and token, at the assumed speed of a core.
std::string training_cost(const PublishedNumber& number, const Combination& combination) {
  const double operations =
      6.0 * static_cast<double>(combination.parameters) * static_cast<double>(number.tokens);
  const double seconds = operations / kFlopsOfACore * static_cast<double>(combination.steps);
  return fmt::format("{} steps of {:.0f} GFLOP, {} per seed on one core", combination.steps,
                     operations * 1e-9, about(seconds));
}

struct Member {
  const RunFolder* run;
  Membership where;
};

void add_runs(const std::vector<Member>& members, const Combination& combination, PaperRow& row) {
  std::set<std::string> others;
  std::map<std::string, const RunFolder*> by_seed;
  for (const auto& [member, where] : members) {
    const RunFolder& run = *member;
    if (where.combination != &combination) continue;
    if (!where.differs.empty()) {
      if (run.learner() == row.number.learner) others.insert(where.differs);
      continue;
    }
    const double value = value_of_number(row.number, run);
    if (!std::isfinite(value)) continue;
    const auto [same, is_new] = by_seed.emplace(run.seed(), &run);
    SEQRL_REQUIRE(is_new, "{} and {} have the same seed; name only one",
                  same->second->path.string(), run.path.string());
    row.step = row.values.empty() ? run.last_step : std::min(row.step, run.last_step);
    row.seeds.push_back(run.seed());
    row.values.push_back(value);
  }
  row.other_settings.assign(others.begin(), others.end());
  if (row.values.empty()) return;
  row.measured = interquartile_mean(row.values);
  if (row.values.size() > 1) row.interval = bootstrap_interval({row.values}, kResamples, 0);
}

PaperRow make_row(const PublishedNumber& number, const std::vector<Member>& members) {
  PaperRow row{.number = number, .command = number.command, .cost = number.cost};
  const Combination* combination = combination_of(number);
  if (combination == nullptr) {
    if (number.command.empty()) row.verdict = Verdict::no_model;
    return row;
  }
  row.command = combination->command;
  row.cost = training_cost(number, *combination);
  row.steps = combination->steps;
  add_runs(members, *combination, row);
  row.verdict = verdict_of(row);
  return row;
}

std::vector<std::string> make_notes(const PaperTable& table) {
  std::map<std::string, int> verdicts;
  for (const PaperRow& row : table.rows) ++verdicts[name_of(row.verdict)];
  std::string counts;
  for (const auto& [name, count] : verdicts) counts += fmt::format(", {} {}", count, name);
  std::vector<std::string> notes = {
      fmt::format("{} numbers: {}", table.rows.size(), counts.substr(2)),
      "here: the interquartile mean over seeds (the mean of up to three), with a 95 % bootstrap "
      "interval if there are several; from runs at the paper's settings, at the best evaluation if "
      "the paper reports a best one, otherwise at the last",
      "reproduced: equal within the tolerance (loss 0.02; accuracy 0.02, scaled 0.05; score 5); "
      "refuted: the whole interval of two or more fully trained seeds is worse by more than the "
      "tolerance",
      fmt::format(
          "cost: six operations per backbone weight and token, at {:.0f} GFLOP/s, assumed for one "
          "core (seqrl bench train training.threads=1 measures it); without evaluations",
          kFlopsOfACore * 1e-9)};
  std::set<std::pair<char, std::string>> sources;
  for (const PaperRow& row : table.rows) sources.emplace(row.number.mark, row.number.source);
  for (const auto& [mark, text] : sources) notes.push_back(fmt::format("({}) {}", mark, text));
  notes.emplace_back("quoted: from memory, not checked against the source");
  return notes;
}

// Names the runs that the table does not use, if there are any.
void note_left_out(const std::vector<std::string>& runs, const char* reason,
                   std::vector<std::string>& notes) {
  constexpr std::size_t kNamed = 3;
  if (runs.empty()) return;
  const auto end = runs.begin() + static_cast<std::ptrdiff_t>(std::min(runs.size(), kNamed));
  notes.push_back(fmt::format(
      "left out, {}: {}{}", reason, fmt::join(runs.begin(), end, ", "),
      runs.size() > kNamed ? fmt::format(" and {} more", runs.size() - kNamed) : std::string()));
}

}  // namespace

std::string name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::reproduced:
      return "reproduced";
    case Verdict::exceeded:
      return "exceeded";
    case Verdict::refuted:
      return "refuted";
    case Verdict::differs:
      return "differs";
    case Verdict::unfinished:
      return "unfinished";
    case Verdict::not_run:
      return "not run";
    case Verdict::no_model:
      return "no such model";
  }
  return "";
}

PaperTable make_paper_table(const std::vector<RunFolder>& runs) {
  PaperTable table;
  std::set<const Combination*> published;
  for (const PublishedNumber& number : published_numbers()) {
    published.insert(combination_of(number));
  }
  std::vector<Member> members;
  std::vector<std::string> not_published, not_evaluated;
  for (const RunFolder& run : runs) {
    const auto where = membership_of(run);
    if (run.last.empty()) {
      not_evaluated.push_back(run.path.string());
    } else if (!where || !published.contains(where->combination)) {
      not_published.push_back(run.path.string());
    } else {
      members.push_back({&run, *where});
    }
  }
  for (const PublishedNumber& number : published_numbers()) {
    table.rows.push_back(make_row(number, members));
  }
  table.notes = make_notes(table);
  note_left_out(not_published, "because the paper has no number for them", table.notes);
  note_left_out(not_evaluated, "because they were not evaluated yet", table.notes);
  return table;
}

}  // namespace seqrl::tools
