#include "agents/datasets/minari.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "agents/datasets/isolate.h"
#include "agents/datasets/minari_header.h"
#include "agents/datasets/minari_python.h"
#include "agents/datasets/minari_reader.h"
#include "agents/datasets/python_json.h"
#include "agents/datasets/shared_arrays.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/regular_file.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kData = "main_data.hdf5";

// The kind of actions: a Box, read as a vector, or a choice of a Discrete, read as it is.
struct ActionSpace {
  FlatSpace vector;
  int choices = 0;  // 0: a Box
  float start = 0;  // the number of the first choice
};

ActionSpace action_space(const fs::path& path, const Json& metadata) {
  const std::string text = minari_text(metadata, "action_space");
  const Json space = parse_python_json(text);
  const std::string type = space.is_object() ? minari_text(space, "type") : "";
  SEQRL_REQUIRE(type.empty() || type == "Box" || type == "Discrete",
                "{}: 'action_space' is of type {}; agents support only vectors of real numbers "
                "(Box) and Discrete",
                path.string(), one_line(type));
  ActionSpace actions{FlatSpace::of_json(text, "action_space", path)};
  SpacePart& part = actions.vector.parts[0];
  if (type == "Discrete") {
    actions.choices = static_cast<int>(part.counts[0]);
    actions.start = static_cast<float>(part.starts[0]);
    part = SpacePart();
  }
  return actions;
}

void check_total(const fs::path& path, const Json& metadata, const char* key, std::int64_t found) {
  const auto declared = metadata.find(key);
  if (declared == metadata.end() || !declared->is_number_integer()) return;
  SEQRL_REQUIRE(declared->get<std::int64_t>() == found,
                "{}: metadata.json says {} = {}, main_data.hdf5 holds {}; fetch the dataset again",
                path.string(), key, declared->get<std::int64_t>(), found);
}

// The format of a Minari dataset with data that is not in HDF5, such as "arrow"; "" for HDF5.
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

bool is_minari_converted(const fs::path& data_folder) {
  return !other_format(data_folder).empty();
}

Trajectories load_minari(const fs::path& data_folder, const LoadOptions& options) {
  SharedMemory memory;
  return load_minari(data_folder, options, memory);
}

Trajectories load_minari(const fs::path& data_folder, const LoadOptions& options,
                         SharedMemory& memory) {
  fs::path path = data_folder / kData;
  const std::string format = other_format(data_folder);
  SEQRL_REQUIRE(format.empty() || !options.python.empty(),
                "{} is a Minari dataset in the format {}; seqrl reads hdf5: name a Python with "
                "Minari to convert it, dataset.python=venv/bin/python",
                data_folder.string(), shown(format));
  std::optional<ScratchFolder> scratch;
  if (!format.empty()) {
    path = scratch.emplace().path() / kData;
    convert_minari(data_folder, path, options.python);
  }
  require_regular_file(path);
  const Json metadata = read_minari_metadata(data_folder);
  const ActionSpace actions = action_space(data_folder, metadata);
  const MinariSpaces spaces = {FlatSpace::of_json(minari_text(metadata, "observation_space"),
                                                  "observation_space", data_folder),
                               actions.vector};

  const Json result = run_isolated(
      path, IsolationLimits::for_file(path), memory,
      [&](SharedMemory& target) { return read_minari_episodes(path, spaces, options, target); });
  const auto lengths = memory.take<std::int64_t>(result.at("lengths"));
  const auto ends = memory.take<std::uint8_t>(result.at("ends"));
  std::vector<Episode> episodes;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    episodes.push_back({begin, lengths.values()[i], static_cast<EndKind>(ends.values()[i])});
    begin += lengths.values()[i];
  }
  TransitionArrays arrays = take_arrays(memory, result, static_cast<std::size_t>(begin));
  check_total(data_folder, metadata, "total_episodes", std::ssize(episodes));
  check_total(data_folder, metadata, "total_steps", begin);

  DatasetSource source = minari_source(data_folder, metadata);
  if (scratch) source.path = data_folder.string();
  if (!spaces.observations.is_plain()) source.observation_layout = spaces.observations.layout();
  for (const std::string& name : spaces.observations.left_out) {
    source.notes.push_back(fmt::format("observation '{}' is text and was excluded", name));
  }
  source.action_choices = actions.choices;
  for (float& action : arrays.actions.values()) action -= actions.start;
  const SpacePart& box = actions.vector.parts[0];
  if (std::ssize(box.low) == arrays.action_dim && std::ssize(box.high) == arrays.action_dim) {
    source.action_low = box.low;
    source.action_high = box.high;
  }
  if (scratch) {
    source.notes.push_back(fmt::format("it is in the format {}, and was converted by {}",
                                       shown(format), options.python));
  }
  if (const auto early = result.at("early_terminations").get<std::int64_t>(); early > 0) {
    source.notes.push_back(
        fmt::format("in {} episodes a termination or truncation is set before the last step; only "
                    "the last step's count",
                    early));
  }
  return Trajectories(std::move(arrays), std::move(episodes), std::move(source), options);
}

}  // namespace seqrl
