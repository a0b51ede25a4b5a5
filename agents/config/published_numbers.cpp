#include "agents/config/published_numbers.h"

#include <nlohmann/json.hpp>
#include <span>

#include "envs/assets.h"

namespace seqrl {

std::span<const Asset> builtin_published();

namespace {

using Json = nlohmann::ordered_json;

void add_value(const Json& entry, PublishedNumber number, std::vector<PublishedNumber>& numbers) {
  if (entry.is_object()) {
    number.value = entry.at("value").get<double>();
    if (entry.contains("std")) number.std = entry["std"].get<double>();
    if (entry.contains("step")) number.step = entry["step"].get<std::int64_t>();
  } else {
    number.value = entry.get<double>();
  }
  numbers.push_back(std::move(number));
}

void add_table(const Json& table, const Json& sources, std::vector<PublishedNumber>& numbers) {
  const std::string mark = table.at("source");
  PublishedNumber shared{.experiment = table.at("experiment"),
                         .task = "",
                         .learner = "",
                         .settings = table.value("settings", ""),
                         .measure = table.at("measure"),
                         .what = table.value("what", ""),
                         .tolerance = table.at("tolerance"),
                         .source = sources.at(mark),
                         .mark = mark.at(0),
                         .verified = table.at("verified"),
                         .beside_runs = table.value("beside_runs", true),
                         .tokens = table.value("tokens", std::int64_t{0}),
                         .command = table.value("command", ""),
                         .cost = table.value("cost", "")};
  const auto tasks = table.at("tasks").get<std::vector<std::string>>();
  const Json chance = table.value("chance", Json()), remarks = table.value("remarks", Json());
  for (const auto& [learner, values] : table.at("numbers").items()) {
    shared.learner = learner;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      shared.task = tasks[i];
      if (remarks.is_object()) shared.remark = remarks.value(tasks[i], "");
      if (!chance.is_null()) shared.chance = chance.at(i).get<double>();
      add_value(values.at(i), shared, numbers);
    }
  }
}

std::vector<PublishedNumber> read_numbers() {
  const Json file = Json::parse(builtin_published().front().text);
  std::vector<PublishedNumber> numbers;
  for (const Json& table : file.at("tables")) add_table(table, file.at("sources"), numbers);
  return numbers;
}

}  // namespace

const std::vector<PublishedNumber>& published_numbers() {
  static const std::vector<PublishedNumber> numbers = read_numbers();
  return numbers;
}

}  // namespace seqrl
