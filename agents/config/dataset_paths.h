// The datasets that a run learns from: one, or several that are read as one.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "configs/schema/custom_value.h"

namespace seqrl {

// Written as a path (or Minari's identifier), or as a list of them: [medium.hdf5, expert.hdf5]. A
// single one always prints as a path.
class DatasetPaths final : public CustomValue {
 public:
  DatasetPaths() = default;
  DatasetPaths(std::string path) { *this = std::move(path); }
  DatasetPaths(const char* path) { *this = std::string(path); }
  DatasetPaths& operator=(std::string path);  // "" for none
  DatasetPaths& operator=(const char* path) { return *this = std::string(path); }

  bool empty() const { return paths_.empty(); }
  void clear() { paths_.clear(); }
  const std::vector<std::string>& all() const { return paths_; }
  std::vector<std::string>& all() { return paths_; }

  // All of them, for people: "medium.hdf5, expert.hdf5".
  std::string text() const;
  operator std::string() const { return text(); }
  bool operator==(const DatasetPaths& other) const { return paths_ == other.paths_; }
  bool operator==(const std::string& path) const { return text() == path; }

  void read(const Tree& tree, const std::string& key) override;
  std::string yaml() const override;
  nlohmann::ordered_json json() const override;
  std::string type() const override { return "path, or list of paths"; }

 private:
  std::vector<std::string> paths_;
};

}  // namespace seqrl

template <>
struct fmt::formatter<seqrl::DatasetPaths> : fmt::formatter<std::string> {
  template <typename Context>
  auto format(const seqrl::DatasetPaths& paths, Context& context) const {
    return fmt::format_to(context.out(), "{}", paths.text());
  }
};
