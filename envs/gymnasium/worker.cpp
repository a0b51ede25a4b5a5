#include "envs/gymnasium/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "configs/base/printable.h"
#include "envs/env_notes.h"

namespace seqrl {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHeader = 8;  // words: the number of rows, the rows done, and the process's
constexpr std::size_t kRows = 0, kDone = 1;
enum : std::uint64_t {
  kTerminated = 1,
  kTruncated = 2,
  kInvalid = 4,
  kSuccessKnown = 8,
  kSuccess = 16
};

std::vector<double> numbers_of(const Json& list) {
  std::vector<double> numbers;
  for (const Json& item : list) {
    numbers.push_back(item.is_string() ? std::strtod(item.get<std::string>().c_str(), nullptr)
                                       : item.get<double>());
  }
  return numbers;
}

GymnasiumFacts facts_of(const Json& said) {
  return {.observation_space = {numbers_of(said.at("observation_low")),
                                numbers_of(said.at("observation_high"))},
          .action_space = {numbers_of(said.at("action_low")), numbers_of(said.at("action_high")),
                           said.at("choices").get<int>()},
          .layout = said.at("layout"),
          .versions = printable(said.at("versions").get<std::string>()),
          .max_episode_steps = said.at("max_episode_steps").get<int>(),
          .frames_per_second = said.at("render_fps").get<double>()};
}

}  // namespace

Worker::Worker(const GymnasiumOptions& options, bool frames)
    : title_(options.title("")),
      timeout_(options.timeout),
      start_timeout_(options.start_timeout),
      process_(options.python, title_) {
  const Json settings = {{"id", options.id},
                         {"options", options.options.json()},
                         {"wrappers", options.wrappers.json()},
                         {"modules", options.modules},
                         {"max_episode_steps", options.max_episode_steps.value_or(0)},
                         {"strict", options.strict},
                         {"frames", frames}};
  std::string said;
  try {
    said = call(WorkerRequest::open, settings.dump(), start_timeout_, "start_timeout",
                ErrorKind::user);
  } catch (const WorkerLost& lost) {
    reject("{}", lost.what());  // the program is not Python, or the environment hangs at once
  }
  facts_ = facts_of(Json::parse(said));
}

// Sends a request and throws if Python raised.
std::string Worker::call(WorkerRequest request, const std::string& payload, double seconds,
                         const char* key, ErrorKind kind) {
  const volatile std::uint64_t* progress = words_.empty() ? nullptr : &words_[kDone];
  WorkerProcess::Reply reply = process_.call(request, payload, seconds, key, progress);
  if (reply.raised) throw Error(kind, fmt::format("{}: {}", title_, message_line(reply.text)));
  return std::move(reply.text);
}

void Worker::reserve(std::size_t slots) {
  if (slots <= slots_) return;
  const auto observation = static_cast<std::size_t>(facts_.observation_space.dim());
  const auto action = static_cast<std::size_t>(facts_.action_space.dim());
  words_ = process_.map(kHeader + slots * (4 + action + observation));
  slots_ = slots;
  call(WorkerRequest::rows, std::to_string(slots), start_timeout_, "start_timeout",
       ErrorKind::failure);
}

std::span<double> Worker::numbers(std::size_t begin, std::size_t size) {
  static_assert(sizeof(double) == sizeof(std::uint64_t));
  return {reinterpret_cast<double*>(words_.data() + begin), size};
}

void Worker::reset(std::span<const ResetRow> rows) {
  SEQRL_CHECK(rows.size() <= slots_);
  words_[kRows] = rows.size();
  words_[kDone] = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    words_[kHeader + i] = rows[i].slot;
    words_[kHeader + slots_ + i] = rows[i].seed;
  }
  // This may create environments first.
  call(WorkerRequest::reset, "", std::max(timeout_, start_timeout_), "start_timeout",
       ErrorKind::failure);
  const auto action = static_cast<std::size_t>(facts_.action_space.dim());
  const auto dim = static_cast<std::size_t>(facts_.observation_space.dim());
  const auto observations = numbers(kHeader + slots_ * (4 + action), rows.size() * dim);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto observation = observations.subspan(i * dim, dim);
    if (!std::ranges::all_of(observation, [](double x) { return std::isfinite(x); })) {
      fail("{}: its first observation is not finite (seed {})", title_, rows[i].seed);
    }
    std::ranges::copy(observation, rows[i].observation.begin());
  }
}

void Worker::step(std::span<StepRow> rows) {
  SEQRL_CHECK(rows.size() <= slots_);
  const auto action_dim = static_cast<std::size_t>(facts_.action_space.dim());
  const auto dim = static_cast<std::size_t>(facts_.observation_space.dim());
  const auto actions = numbers(kHeader + slots_ * 4, rows.size() * action_dim);
  words_[kRows] = rows.size();
  words_[kDone] = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    words_[kHeader + i] = rows[i].slot;
    std::ranges::copy(rows[i].action,
                      actions.begin() + static_cast<std::ptrdiff_t>(i * action_dim));
  }
  std::string failed;
  try {
    failed = call(WorkerRequest::step, "", timeout_, "timeout", ErrorKind::failure);
  } catch (const Error& error) {
    add_env_note(title_, fmt::format("episodes are invalid: {}", error.what()));
    for (StepRow& row : rows) row.outcome = {.invalid = true};
    return;
  }
  if (!failed.empty()) {
    add_env_note(title_, fmt::format("an episode is invalid: {}", message_line(failed)));
  }
  const auto rewards = numbers(kHeader + slots_ * 3, rows.size());
  const auto observations = numbers(kHeader + slots_ * (4 + action_dim), rows.size() * dim);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    finish(rows[i], words_[kHeader + slots_ * 2 + i], rewards[i],
           observations.subspan(i * dim, dim));
  }
}

// The outcome of a step, from the shared memory.
void Worker::finish(StepRow& row, std::uint64_t flags, double reward,
                    std::span<const double> observation) {
  row.outcome = {.invalid = (flags & kInvalid) != 0};
  if (row.outcome.invalid) return;
  const bool finite = std::isfinite(reward) &&
                      std::ranges::all_of(observation, [](double x) { return std::isfinite(x); });
  if (!finite) {
    row.outcome.invalid = true;
    add_env_note(title_, "an episode is invalid: a reward or an observation is not finite");
    return;
  }
  row.outcome.reward = reward;
  row.outcome.terminated = (flags & kTerminated) != 0;
  row.outcome.truncated = (flags & kTruncated) != 0;
  if ((flags & kSuccessKnown) != 0) row.outcome.success = (flags & kSuccess) != 0;
  std::ranges::copy(observation, row.observation.begin());
}

GymnasiumFrame Worker::frame() {
  const std::string data = call(WorkerRequest::frame, "", timeout_, "timeout", ErrorKind::user);
  std::array<std::uint32_t, 2> size{};
  SEQRL_CHECK(data.size() >= sizeof size);
  std::memcpy(size.data(), data.data(), sizeof size);
  GymnasiumFrame frame{
      .width = static_cast<int>(size[1]), .height = static_cast<int>(size[0]), .rgb = {}};
  frame.rgb.assign(data.begin() + sizeof size, data.end());
  if (frame.rgb.size() != std::size_t{3} * size[0] * size[1]) {
    fail("{}: it renders {} bytes, expected {} × {} × 3", title_, frame.rgb.size(), size[0],
         size[1]);
  }
  return frame;
}

double Worker::loop_seconds(std::int64_t steps, int envs) {
  const std::string request = fmt::format("{} {}", steps, envs);
  return std::strtod(
      call(WorkerRequest::loop, request, 3600, "timeout", ErrorKind::failure).c_str(), nullptr);
}

}  // namespace seqrl
