#include "agents/datasets/prepared_cache.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>
#include <system_error>
#include <utility>

#include "agents/datasets/prepared_file.h"
#include "configs/base/error.h"
#include "configs/base/hash.h"
#include "configs/base/memory.h"
#include "configs/base/staging.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::string_view kEnding = ".prepared";
constexpr std::size_t kLongestName = 80;  // part of the data's name in the file's name

std::uint64_t hash_of(const std::string& text) {
  Hash64 hash;
  hash.add(std::span<const char>(text));
  return hash.result();
}

fs::path absolute_path(const fs::path& path) {
  std::error_code ignored;
  return fs::absolute(path, ignored).lexically_normal();
}

// The properties that reveal a change of the file; links are followed. Null if there is no file.
Json state_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return nullptr;
  std::error_code ignored;
  return {{"path", fs::canonical(path, ignored).string()},
          {"size", status.st_size},
          {"seconds", status.st_mtim.tv_sec},
          {"nanoseconds", status.st_mtim.tv_nsec}};
}

Json states_of(const std::vector<fs::path>& files) {
  Json states = Json::array();
  for (const fs::path& file : files) states.push_back(state_of(file));
  return states;
}

// The options that affect what is read.
Json json_of(const LoadOptions& options) {
  return {{"keep_next_observations", options.keep_next_observations},
          {"keep_cut_episodes", options.keep_cut_episodes},
          {"max_episode_steps", options.max_episode_steps},
          {"split_after", options.split_after}};
}

Json origin_of(const std::vector<fs::path>& files, const LoadOptions& options) {
  return {{"files", states_of(files)}, {"options", json_of(options)}};
}

// The prefix of the names of a dataset's prepared files: "hopper-medium-0123456789abcdef-". A link
// has its own prepared files, because data is identified by its name.
std::string name_of(const fs::path& data) {
  const fs::path path = absolute_path(data);
  fs::path named = path;
  if (named.filename() == "main_data.hdf5") named = named.parent_path();
  if (named.filename() == "data") named = named.parent_path();
  return fmt::format("{}-{:016x}-", named.stem().string().substr(0, kLongestName),
                     hash_of(path.string()));
}

bool is_wanted(const fs::path& data, const std::string& cache) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(data, error);
  return !error && (cache != "auto" || bytes >= kLeastPrepared);
}

// The folder is private to the user, as the data may be.
void make_private_folder(const fs::path& folder) {
  std::error_code error;
  const bool is_new = fs::create_directories(folder, error);
  if (error) fail("cannot create the folder {}: {}", folder.string(), error.message());
  if (is_new) fs::permissions(folder, fs::perms::owner_all, error);
}

void add_notes(Trajectories& data, const std::vector<std::string>& notes) {
  DatasetSource source = data.source();
  source.notes.insert(source.notes.end(), notes.begin(), notes.end());
  data.set_source(std::move(source));
}

// Reads the data into a new prepared file at `path`. An Error of kind failure, or NoSpace, if it
// cannot be written; errors of `load`.
Trajectories prepare(const fs::path& path, const std::vector<fs::path>& files,
                     const LoadOptions& options,
                     const std::function<Trajectories(SharedMemory&)>& load,
                     std::vector<std::string>& notes) {
  make_private_folder(path.parent_path());
  Staging staging(path, Staging::Kind::file);
  ::fchmod(staging.descriptor(), S_IRUSR | S_IWUSR);
  const Json origin = origin_of(files, options);
  SharedMemory memory(staging.descriptor());
  Trajectories data = load(memory);
  if (memory.has_other_files()) {
    notes.emplace_back("no prepared copy is kept: it refers to other files");
    return data;
  }
  if (origin != origin_of(files, options)) {
    notes.emplace_back("no prepared copy is kept: it changed while it was being read");
    return data;
  }
  write_prepared(data, origin, memory, staging.descriptor());
  staging.publish();
  PreparedFile prepared = map_prepared(path, origin);
  notes.push_back(fmt::format(
      "its prepared copy, {} in {}, is mapped by later starts; dataset.cache=off disables it",
      shown_bytes(static_cast<double>(memory.end())), path.string()));
  return prepared.data ? std::move(*prepared.data) : std::move(data);
}

}  // namespace

std::optional<fs::path> prepared_folder(const std::string& cache) {
  if (cache == "off") return std::nullopt;
  if (cache != "auto") return cache;
  const auto variable = [](const char* name) -> std::optional<fs::path> {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? std::optional<fs::path>(value) : std::nullopt;
  };
  if (const auto own = variable("SEQRL_CACHE")) return own;
  if (const auto caches = variable("XDG_CACHE_HOME")) return *caches / "seqrl";
  if (const auto home = variable("HOME")) return *home / ".cache" / "seqrl";
  return std::nullopt;
}

Trajectories load_prepared(const std::vector<fs::path>& files, const LoadOptions& options,
                           const std::function<Trajectories(SharedMemory&)>& load) {
  const std::optional<fs::path> folder = prepared_folder(options.cache);
  const auto load_to_memory = [&] {
    SharedMemory memory;
    return load(memory);
  };
  if (!folder || !is_wanted(files[0], options.cache)) return load_to_memory();
  const fs::path path = *folder / fmt::format("{}{:016x}{}", name_of(files[0]),
                                              hash_of(json_of(options).dump()), kEnding);
  PreparedFile prepared = map_prepared(path, origin_of(files, options));
  if (prepared.data) {
    DatasetSource source = prepared.data->source();
    source.path = files[0].string();
    prepared.data->set_source(std::move(source));
    return std::move(*prepared.data);
  }
  std::vector<std::string> notes;
  if (!prepared.problem.empty()) {
    notes.push_back(fmt::format("its prepared copy {} {}", path.string(), prepared.problem));
  }
  const auto without = [&](const std::string& reason) {
    notes.push_back("no prepared copy is kept: " + reason);
    return load_to_memory();
  };
  const bool writes = options.cache == "auto" || options.writes_to_folder;
  std::optional<Trajectories> data;
  try {
    data = writes ? prepare(path, files, options, load, notes)
                  : without("a checkpoint or run names the folder " + folder->string());
  } catch (const NoSpace& error) {
    data = without(fmt::format("{}: {}", folder->string(), error.what()));
  } catch (const Json::exception&) {
    data = without("its name or its description is not UTF-8");
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::failure) throw;
    data = without(error.what());
  }
  add_notes(*data, notes);
  return std::move(*data);
}

std::vector<PreparedCopy> prepared_copies(const std::vector<fs::path>& files) {
  std::vector<PreparedCopy> copies;
  const std::optional<fs::path> folder = prepared_folder("auto");
  if (!folder) return copies;
  const std::string name = name_of(files[0]);
  std::error_code error;
  for (fs::directory_iterator entry(*folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string other = entry->path().filename().string();
    if (!other.starts_with(name) || !other.ends_with(kEnding)) continue;
    const PreparedOrigin found = read_prepared_origin(entry->path());
    std::string problem = found.problem;
    if (problem.empty() && found.origin.value("files", Json()) != states_of(files)) {
      problem = "was made from an earlier version of the data";
    }
    std::error_code ignored;
    copies.push_back({entry->path(), fs::file_size(entry->path(), ignored), std::move(problem)});
  }
  std::ranges::sort(copies, {}, &PreparedCopy::path);
  return copies;
}

}  // namespace seqrl
