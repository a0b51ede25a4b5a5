#include "agents/config/dataset_paths.h"

#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "configs/base/error.h"
#include "configs/schema/scalars.h"
#include "configs/schema/tree.h"
#include "configs/schema/values.h"

namespace seqrl {

DatasetPaths& DatasetPaths::operator=(std::string path) {
  paths_.clear();
  if (!path.empty()) paths_.push_back(std::move(path));
  return *this;
}

std::string DatasetPaths::text() const {
  return fmt::format("{}", fmt::join(paths_, ", "));
}

void DatasetPaths::read(const Tree& tree, const std::string& key) {
  std::vector<std::string> paths;
  std::string one;
  if (tree.kind == Tree::Kind::list) {
    read_value({"path", "", &paths, {}}, tree, key);
    if (paths.empty()) reject_at(tree.origin, key, "no dataset; name one, or several");
    for (const std::string& path : paths) {
      if (path.empty()) reject_at(tree.origin, key, "the path of a dataset is empty");
    }
  } else {
    read_value({"path", "", &one, {}}, tree, key);
    if (!one.empty()) paths.push_back(one);
  }
  for (std::string& path : paths) {
    try {
      path = home_expanded(path);
    } catch (const Error& error) {
      reject_at(tree.origin, key, error.what());
    }
  }
  paths_ = std::move(paths);
}

std::string DatasetPaths::yaml() const {
  if (paths_.size() <= 1) return yaml_scalar(text());
  std::vector<std::string> scalars;
  for (const std::string& path : paths_) scalars.push_back(yaml_scalar(path));
  return fmt::format("[{}]", fmt::join(scalars, ", "));
}

nlohmann::ordered_json DatasetPaths::json() const {
  if (paths_.size() <= 1) return text();
  return paths_;
}

}  // namespace seqrl
