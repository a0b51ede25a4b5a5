#include "agents/datasets/hdf5_object.h"

#include <fmt/format.h>

#include <vector>

#include "agents/datasets/hdf5_handle.h"
#include "agents/datasets/hdf5_other_files.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

using Kind = Hdf5Object::Kind;

bool leads_somewhere(hid_t file, const std::string& name) {
  return H5Oexists_by_name(file, name.c_str(), H5P_DEFAULT) > 0;
}

// The defect of the link of this name, or "" if it leads to an object. An external link's file is
// checked before libhdf5 opens it.
std::string broken_link(hid_t file, const std::string& name) {
  H5L_info_t link{};
  if (H5Lget_info(file, name.c_str(), &link, H5P_DEFAULT) < 0) return "cannot be opened";
  if (link.type == H5L_TYPE_HARD) return "";
  std::vector<char> target(link.u.val_size + 1, '\0');
  if (H5Lget_val(file, name.c_str(), target.data(), link.u.val_size, H5P_DEFAULT) < 0) {
    return "is a link that cannot be read";
  }
  if (link.type == H5L_TYPE_SOFT) {
    return leads_somewhere(file, name)
               ? ""
               : fmt::format("is a link to {}, which does not exist", shown(target.data()));
  }
  if (link.type != H5L_TYPE_EXTERNAL) return "is a link of an unsupported type";
  const char *other_name = nullptr, *object = nullptr;
  unsigned flags = 0;
  if (H5Lunpack_elink_val(target.data(), link.u.val_size, &flags, &other_name, &object) < 0) {
    return "is an external link that cannot be read";
  }
  const OtherFile other = find_other_file(file, other_name, "HDF5_EXT_PREFIX");
  const std::string what =
      fmt::format("is a link to {} of {}", shown(object), shown(other.path.string()));
  if (!other.problem.empty()) return what + ", " + other.problem;
  return leads_somewhere(file, name) ? "" : what + ", which does not contain it";
}

Hdf5Object broken(std::string what) {
  return {Kind::broken, std::move(what)};
}

}  // namespace

Hdf5Object look_up(hid_t file, const std::string& name) {
  for (std::size_t slash = name.find('/', 1); name != "/"; slash = name.find('/', slash + 1)) {
    const std::string part = name.substr(0, slash);
    if (H5Lexists(file, part.c_str(), H5P_DEFAULT) <= 0) return {};
    if (const std::string problem = broken_link(file, part); !problem.empty()) {
      return broken(slash == std::string::npos
                        ? problem
                        : fmt::format("is below '{}', which {}", part, problem));
    }
    if (slash == std::string::npos) break;
  }
  const Hdf5Handle object(H5Oopen(file, name.c_str(), H5P_DEFAULT), H5Oclose);
  if (!object.valid()) {
    return broken("cannot be opened: " + hdf5_reason() +
                  "; if a newer HDF5 wrote it, write it in an older format");
  }
  switch (H5Iget_type(object)) {
    case H5I_DATASET:
      return {Kind::array, ""};
    case H5I_GROUP:
      return {Kind::group, "is a group, not an array"};
    default:
      return broken("is a named datatype, not an array");
  }
}

}  // namespace seqrl
