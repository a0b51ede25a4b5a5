#include "tools/reports/paired.h"

namespace seqrl::tools {

std::optional<PairedDifference> paired_difference(const ValuesByPair& learner,
                                                  const ValuesByPair& baseline,
                                                  std::int64_t resamples, std::uint64_t seed) {
  std::map<std::string, std::vector<double>> by_task;
  std::vector<double> all;
  PairedDifference result;
  for (const auto& [pair, value] : learner) {
    const auto other = baseline.find(pair);
    if (other == baseline.end()) continue;
    all.push_back(value - other->second);
    by_task[pair.first].push_back(all.back());
    result.above += all.back() > 0 ? 1 : all.back() == 0 ? 0.5 : 0;
  }
  if (all.empty()) return std::nullopt;
  result.tasks = by_task.size();
  result.pairs = all.size();
  result.above /= static_cast<double>(all.size());
  result.iqm = interquartile_mean(all);
  std::vector<std::vector<double>> strata;
  for (auto& [task, differences] : by_task) strata.push_back(std::move(differences));
  if (all.size() > 1) result.interval = bootstrap_interval(strata, resamples, seed);
  return result;
}

}  // namespace seqrl::tools
