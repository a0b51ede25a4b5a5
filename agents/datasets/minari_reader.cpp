#include "agents/datasets/minari_reader.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "agents/datasets/hdf5_file.h"
#include "configs/base/error.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::string_view kPrefix = "episode_";

struct EpisodeGroup {
  std::int64_t number = 0;
  std::string name;
  std::int64_t length = 0;
};

// Groups come in lexical order (0, 1, 10, 11, 2, …): sort them by number.
std::vector<EpisodeGroup> find_episodes(const Hdf5File& file) {
  std::vector<EpisodeGroup> episodes;
  for (const std::string& name : file.members("/")) {
    if (!name.starts_with(kPrefix)) continue;
    EpisodeGroup episode;
    episode.name = name;
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + kPrefix.size(), end, episode.number);
    if (parsed.ec == std::errc() && parsed.ptr == end) episodes.push_back(episode);
  }
  std::sort(episodes.begin(), episodes.end(),
            [](const EpisodeGroup& a, const EpisodeGroup& b) { return a.number < b.number; });
  return episodes;
}

struct RowsAndColumns {
  std::int64_t rows, columns;
};

// The shape of an array of vectors; an Error explains why anything else is not supported.
RowsAndColumns vectors(const Hdf5File& file, const std::string& name) {
  SEQRL_REQUIRE(!file.has_group(name),
                "'{}' of {} is a dictionary or tuple ({}), and metadata.json has no space that "
                "gives the order of its parts",
                name, file.path().string(), fmt::join(file.members(name), ", "));
  const std::vector<std::int64_t> shape = file.shape(name);
  SEQRL_REQUIRE(shape.size() == 1 || shape.size() == 2,
                "'{}' of {} has shape [{}]; without a space in metadata.json only vectors, [T] or "
                "[T, dim], are read",
                name, file.path().string(), fmt::join(shape, ", "));
  return {shape[0], shape.size() == 2 ? shape[1] : 1};
}

// The shape of a part of a space: in C order, the values of a step become one row.
RowsAndColumns rows_of(const Hdf5File& file, const std::string& name, const SpacePart& part) {
  if (part.numbers == 0) return vectors(file, name);
  const std::vector<std::int64_t> shape = file.shape(name);
  std::int64_t columns = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) {
    columns = shape[i] > part.numbers ? 0 : std::min(columns * shape[i], part.numbers + 1);
  }
  SEQRL_REQUIRE(!shape.empty() && columns == part.numbers,
                "'{}' of {} has shape [{}], but its space in metadata.json has {} numbers per step",
                name, file.path().string(), fmt::join(shape, ", "), part.numbers);
  return {shape[0], columns};
}

void require_rows(const Hdf5File& file, const std::string& name, std::int64_t rows,
                  std::int64_t expected) {
  SEQRL_REQUIRE(rows == expected, "'{}' of {} has {} rows, expected {}", name, file.path().string(),
                rows, expected);
}

std::string array_of(const EpisodeGroup& episode, const char* array, const SpacePart& part) {
  const std::string name = episode.name + "/" + array;
  return part.path.empty() ? name : name + "/" + part.path;
}

class Reader {
 public:
  Reader(const fs::path& path, const MinariSpaces& spaces, const LoadOptions& options)
      : file_(path), spaces_(spaces), options_(options) {}

  Json read(SharedMemory& memory) {
    measure();
    const auto allocate_floats = [&](const char* name, std::int64_t dim) {
      const auto array = memory.allocate<float>(static_cast<std::uint64_t>(transitions_ * dim));
      result_[name] = array.place;
      return array.values;
    };
    observations_ = allocate_floats("observations", observation_dim_);
    actions_ = allocate_floats("actions", action_dim_);
    rewards_ = allocate_floats("rewards", 1);
    if (options_.keep_next_observations) {
      next_observations_ = allocate_floats("next_observations", observation_dim_);
    }
    const auto lengths = memory.allocate<std::int64_t>(episodes_.size());
    const auto ends = memory.allocate<std::uint8_t>(episodes_.size());
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < episodes_.size(); ++i) {
      lengths.values[i] = episodes_[i].length;
      ends.values[i] = static_cast<std::uint8_t>(read_episode(episodes_[i], begin));
      begin += episodes_[i].length;
    }
    result_["observation_dim"] = observation_dim_;
    result_["action_dim"] = action_dim_;
    result_["lengths"] = lengths.place;
    result_["ends"] = ends.place;
    result_["early_terminations"] = early_terminations_;
    return std::move(result_);
  }

 private:
  void measure() {
    episodes_ = find_episodes(file_);
    SEQRL_REQUIRE(!episodes_.empty(), "{} holds no episodes (groups 'episode_0', …)",
                  file_.path().string());
    for (EpisodeGroup& episode : episodes_) {
      const auto [rows, observation_dim] = measure(episode, "observations", spaces_.observations);
      const auto [steps, action_dim] = measure(episode, "actions", spaces_.actions);
      if (&episode == &episodes_.front()) {
        observation_dim_ = observation_dim;
        action_dim_ = action_dim;
      }
      SEQRL_REQUIRE(observation_dim == observation_dim_ && action_dim == action_dim_,
                    "'{}' of {} has observations of {} and actions of {} dimensions, the episodes "
                    "before it {} and {}",
                    episode.name, file_.path().string(), observation_dim, action_dim,
                    observation_dim_, action_dim_);
      SEQRL_REQUIRE(steps > 0, "'{}' of {} has no steps", episode.name, file_.path().string());
      // One more observation than actions: the last one follows the last action.
      require_rows(file_, episode.name + "/observations", rows, steps + 1);
      const auto declared = file_.integer_attribute(episode.name, "total_steps");
      require_rows(file_, episode.name + "/actions", steps, declared.value_or(steps));
      episode.length = steps;
      transitions_ += steps;
    }
  }

  // The shape of all parts together, as one vector.
  RowsAndColumns measure(const EpisodeGroup& episode, const char* array, const FlatSpace& space) {
    RowsAndColumns whole{-1, 0};
    for (const SpacePart& part : space.parts) {
      const std::string name = array_of(episode, array, part);
      SEQRL_REQUIRE(part.numbers > 0 || space.parts.size() == 1,
                    "'{}' of {} has no numbers or an unknown shape according to its space in "
                    "metadata.json; fetch the dataset again",
                    name, file_.path().string());
      const auto [rows, columns] = rows_of(file_, name, part);
      if (whole.rows < 0) whole.rows = rows;
      require_rows(file_, name, rows, whole.rows);
      whole.columns += part.counts.empty() ? columns : part.size();
    }
    return whole;
  }

  EndKind read_episode(const EpisodeGroup& episode, std::int64_t begin) {
    const auto steps = static_cast<std::size_t>(episode.length);
    const auto dim = static_cast<std::size_t>(observation_dim_);
    const auto at = static_cast<std::size_t>(begin);
    scratch_.resize((steps + 1) * dim);
    read_parts(episode, "observations", spaces_.observations, observation_dim_, scratch_);
    std::copy_n(scratch_.data(), steps * dim, observations_.data() + at * dim);
    if (!next_observations_.empty()) {
      std::copy_n(scratch_.data() + dim, steps * dim, next_observations_.data() + at * dim);
    }
    const auto action_dim = static_cast<std::size_t>(action_dim_);
    read_parts(episode, "actions", spaces_.actions, action_dim_,
               actions_.subspan(at * action_dim, steps * action_dim));
    read_column(episode, "rewards",
                [&](const std::string& name) { file_.read(name, rewards_.subspan(at, steps)); });
    const bool terminated = read_end(episode, "terminations");
    const bool truncated = read_end(episode, "truncations");
    return terminated ? EndKind::terminated : truncated ? EndKind::timeout : EndKind::cut;
  }

  // The rows of all parts side by side, `dim` numbers each.
  void read_parts(const EpisodeGroup& episode, const char* array, const FlatSpace& space,
                  std::int64_t dim, std::span<float> to) {
    if (space.parts.size() == 1 && space.parts[0].counts.empty()) {
      return file_.read(array_of(episode, array, space.parts[0]), to);
    }
    const std::size_t width = static_cast<std::size_t>(dim), rows = to.size() / width;
    std::ranges::fill(to, 0.0f);
    std::size_t column = 0;
    for (const SpacePart& part : space.parts) {
      const std::string name = array_of(episode, array, part);
      const auto numbers = static_cast<std::size_t>(part.numbers);
      part_.resize(rows * numbers);
      file_.read(name, std::span<float>(part_));
      for (std::size_t row = 0; row < rows; ++row) {
        const auto from = std::span<const float>(part_).subspan(row * numbers, numbers);
        if (part.counts.empty()) {
          std::ranges::copy(from, to.begin() + static_cast<std::ptrdiff_t>(row * width + column));
        } else {
          write_choices(name, part, from, row, &to[row * width + column]);
        }
      }
      column += static_cast<std::size_t>(part.size());
    }
  }

  void write_choices(const std::string& name, const SpacePart& part, std::span<const float> chosen,
                     std::size_t row, float* to) const {
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const double index = chosen[i] - static_cast<double>(part.starts[i]);
      const bool fits =
          index >= 0 && index < static_cast<double>(part.counts[i]) && index == std::floor(index);
      SEQRL_REQUIRE(fits, "'{}' of {} holds {} at row {}, but its space has {} choices from {} on",
                    name, file_.path().string(), chosen[i], row, part.counts[i], part.starts[i]);
      to[static_cast<std::size_t>(index)] = 1;
      to += part.counts[i];
    }
  }

  template <typename Read>
  void read_column(const EpisodeGroup& episode, const char* array, Read&& read) {
    const std::string name = episode.name + "/" + array;
    const auto [rows, columns] = vectors(file_, name);
    require_rows(file_, name, rows * columns, episode.length);
    read(name);
  }

  // Whether the flag is set at the episode's last step.
  bool read_end(const EpisodeGroup& episode, const char* array) {
    flags_.resize(static_cast<std::size_t>(episode.length));
    read_column(episode, array, [&](const std::string& name) { file_.read_flags(name, flags_); });
    const bool early = std::any_of(flags_.begin(), flags_.end() - 1, [](auto f) { return f != 0; });
    if (early) ++early_terminations_;
    return flags_.back() != 0;
  }

  Hdf5File file_;
  const MinariSpaces& spaces_;
  LoadOptions options_;
  std::vector<EpisodeGroup> episodes_;
  std::int64_t transitions_ = 0, observation_dim_ = 0, action_dim_ = 0, early_terminations_ = 0;
  std::span<float> observations_, actions_, rewards_, next_observations_;
  std::vector<float> scratch_, part_;
  std::vector<std::uint8_t> flags_;
  Json result_;
};

}  // namespace

Json read_minari_episodes(const fs::path& file, const MinariSpaces& spaces,
                          const LoadOptions& options, SharedMemory& memory) {
  return Reader(file, spaces, options).read(memory);
}

}  // namespace seqrl
