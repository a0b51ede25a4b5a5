#include "agents/datasets/minari.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "agents/datasets/hdf5_file.h"
#include "agents/datasets/isolate.h"
#include "agents/datasets/minari_header.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/regular_file.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kData = "main_data.hdf5";
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

// The shape of an array of vectors, as rows and columns; says why anything else is not supported.
std::pair<std::int64_t, std::int64_t> vectors(const Hdf5File& file, const std::string& name) {
  SEQRL_REQUIRE(!file.has_group(name),
                "'{}' of {} is a dictionary or tuple ({}); agents here take one vector: flatten it "
                "first",
                name, file.path().string(), fmt::join(file.members(name), ", "));
  const std::vector<std::int64_t> shape = file.shape(name);
  SEQRL_REQUIRE(shape.size() == 1 || shape.size() == 2,
                "'{}' of {} has shape [{}]; only vectors, [T] or [T, dim], are supported", name,
                file.path().string(), fmt::join(shape, ", "));
  return {shape[0], shape.size() == 2 ? shape[1] : 1};
}

void require_rows(const Hdf5File& file, const std::string& name, std::int64_t rows,
                  std::int64_t expected) {
  SEQRL_REQUIRE(rows == expected, "'{}' of {} has {} rows, expected {}", name, file.path().string(),
                rows, expected);
}

// Reads all episodes; the result of measure() tells how much there is.
class Reader {
 public:
  Reader(const fs::path& path, const LoadOptions& options) : file_(path), options_(options) {}

  // Runs in the child process: all that needs libhdf5.
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
      const auto [rows, observation_dim] = vectors(file_, episode.name + "/observations");
      const auto [steps, action_dim] = vectors(file_, episode.name + "/actions");
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
      // One observation more than actions: the last is what the last action led to.
      require_rows(file_, episode.name + "/observations", rows, steps + 1);
      const auto declared = file_.integer_attribute(episode.name, "total_steps");
      require_rows(file_, episode.name + "/actions", steps, declared.value_or(steps));
      episode.length = steps;
      transitions_ += steps;
    }
  }

  EndKind read_episode(const EpisodeGroup& episode, std::int64_t begin) {
    const auto steps = static_cast<std::size_t>(episode.length);
    const auto dim = static_cast<std::size_t>(observation_dim_);
    const auto at = static_cast<std::size_t>(begin);
    scratch_.resize((steps + 1) * dim);
    file_.read(episode.name + "/observations", std::span<float>(scratch_));
    std::copy_n(scratch_.data(), steps * dim, observations_.data() + at * dim);
    if (!next_observations_.empty()) {
      std::copy_n(scratch_.data() + dim, steps * dim, next_observations_.data() + at * dim);
    }
    const auto action_dim = static_cast<std::size_t>(action_dim_);
    file_.read(episode.name + "/actions", actions_.subspan(at * action_dim, steps * action_dim));
    read_column(episode, "rewards",
                [&](const std::string& name) { file_.read(name, rewards_.subspan(at, steps)); });
    const bool terminated = read_end(episode, "terminations");
    const bool truncated = read_end(episode, "truncations");
    return terminated ? EndKind::terminated : truncated ? EndKind::timeout : EndKind::cut;
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
  LoadOptions options_;
  std::vector<EpisodeGroup> episodes_;
  std::int64_t transitions_ = 0, observation_dim_ = 0, action_dim_ = 0, early_terminations_ = 0;
  std::span<float> observations_, actions_, rewards_, next_observations_;
  std::vector<float> scratch_;
  std::vector<std::uint8_t> flags_;
  Json result_;
};

// A space is JSON within a JSON string.
Json space_of(const Json& metadata, const char* key) {
  return Json::parse(minari_text(metadata, key), nullptr, false);
}

void check_space(const fs::path& path, const Json& metadata, const char* key,
                 std::string_view other_type) {
  const Json space = space_of(metadata, key);
  const std::string type = space.is_object() ? minari_text(space, "type") : "";
  SEQRL_REQUIRE(type.empty() || type == "Box" || type == other_type,
                "{}: '{}' is of type {}; agents here take vectors of real numbers (Box){} only",
                path.string(), key, type,
                other_type.empty() ? "" : fmt::format(" and {}", other_type));
}

// How many choices a Discrete action space has, 0 for another space; `actions` become indices from
// 0 on.
int read_choices(const fs::path& path, const Json& metadata, std::span<float> actions) {
  constexpr std::int64_t kMost = 1 << 20;
  const Json space = space_of(metadata, "action_space");
  if (!space.is_object() || minari_text(space, "type") != "Discrete") return 0;
  const Json n = space.value("n", Json()), start = space.value("start", Json(0));
  SEQRL_REQUIRE(n.is_number_integer() && n > 0 && n <= kMost && start.is_number_integer() &&
                    std::abs(start.get<std::int64_t>()) <= kMost,
                "{}: 'action_space' is Discrete, but not of 1 to {} choices: {}", path.string(),
                kMost, one_line(space.dump()));
  for (float& action : actions) action -= start.get<float>();
  return n.get<int>();
}

// The action space's bounds, where they are finite: a space with Infinity is no JSON.
void add_action_box(DatasetSource& source, const Json& metadata, std::int64_t dim) {
  const Json space = space_of(metadata, "action_space");
  if (!space.is_object()) return;
  const auto bounds = [&](const char* key) {
    std::vector<double> values;
    for (const Json& value : space.value(key, Json::array())) {
      if (value.is_number()) values.push_back(value.get<double>());
    }
    return values;
  };
  std::vector<double> low = bounds("low"), high = bounds("high");
  if (std::ssize(low) != dim || std::ssize(high) != dim) return;
  source.action_low = std::move(low);
  source.action_high = std::move(high);
}

void check_total(const fs::path& path, const Json& metadata, const char* key, std::int64_t found) {
  const auto declared = metadata.find(key);
  if (declared == metadata.end() || !declared->is_number_integer()) return;
  SEQRL_REQUIRE(declared->get<std::int64_t>() == found,
                "{}: metadata.json says {} = {}, main_data.hdf5 holds {}; fetch the dataset again",
                path.string(), key, declared->get<std::int64_t>(), found);
}

// The format of a Minari dataset whose data is not in HDF5, such as "arrow"; "" for what is.
std::string other_format(const fs::path& data_folder) {
  std::error_code ignored;
  const fs::path path = data_folder / "metadata.json";
  if (!fs::is_regular_file(path, ignored) || fs::exists(data_folder / kData, ignored)) return "";
  const Json metadata = Json::parse(seqrl::read_file(path, 16 << 20), nullptr, false);
  if (!metadata.is_object() || !metadata.contains("dataset_id")) return "";
  const std::string format = minari_text(metadata, "data_format");
  return format == "hdf5" ? "" : format;
}

}  // namespace

fs::path minari_root() {
  if (const char* root = std::getenv("MINARI_DATASETS_PATH"); root && *root) return root;
  const char* home = std::getenv("HOME");
  return fs::path(home ? home : ".") / ".minari" / "datasets";
}

std::optional<fs::path> find_minari(const std::string& path_or_id) {
  const fs::path path = path_or_id;
  if (path_or_id.empty()) return std::nullopt;
  std::error_code ignored;
  for (const fs::path& folder : {path, path / "data", minari_root() / path / "data"}) {
    if (fs::exists(folder / kData, ignored) || !other_format(folder).empty()) return folder;
  }
  return std::nullopt;
}

Trajectories load_minari(const fs::path& data_folder, const LoadOptions& options) {
  const fs::path path = data_folder / kData;
  const std::string format = other_format(data_folder);
  SEQRL_REQUIRE(
      format.empty(),
      "{} is a Minari dataset in the format {}; seqrl reads hdf5: load it in Python and write "
      "it again with data_format=\"hdf5\"",
      data_folder.string(), shown(format));
  require_regular_file(path);
  const Json metadata = read_minari_metadata(data_folder);
  check_space(data_folder, metadata, "observation_space", "");
  check_space(data_folder, metadata, "action_space", "Discrete");

  SharedMemory memory;
  const Json result =
      run_isolated(path, IsolationLimits::for_file(path), memory,
                   [&](SharedMemory& target) { return Reader(path, options).read(target); });
  TransitionArrays arrays;
  arrays.observation_dim = result.at("observation_dim").get<std::int64_t>();
  arrays.action_dim = result.at("action_dim").get<std::int64_t>();
  arrays.observations = memory.take<float>(result.at("observations"));
  arrays.actions = memory.take<float>(result.at("actions"));
  arrays.rewards = memory.take<float>(result.at("rewards"));
  arrays.next_observations = memory.take<float>(result.value("next_observations", Json()));

  const auto lengths = memory.take<std::int64_t>(result.at("lengths"));
  const auto ends = memory.take<std::uint8_t>(result.at("ends"));
  std::vector<Episode> episodes;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    episodes.push_back({begin, lengths.values()[i], static_cast<EndKind>(ends.values()[i])});
    begin += lengths.values()[i];
  }
  check_total(data_folder, metadata, "total_episodes", std::ssize(episodes));
  check_total(data_folder, metadata, "total_steps", begin);

  DatasetSource source = minari_source(data_folder, metadata);
  add_action_box(source, metadata, arrays.action_dim);
  source.action_choices = read_choices(data_folder, metadata, arrays.actions.values());
  if (const auto early = result.at("early_terminations").get<std::int64_t>(); early > 0) {
    source.notes.push_back(
        fmt::format("in {} episodes a termination or truncation is set before the last step; only "
                    "the last step's count",
                    early));
  }
  return Trajectories(std::move(arrays), std::move(episodes), std::move(source), options);
}

}  // namespace seqrl
