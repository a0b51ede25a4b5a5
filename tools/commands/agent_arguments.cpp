#include "tools/commands/agent_arguments.h"

#include <algorithm>
#include <iterator>

#include "configs/schema/config.h"

namespace seqrl::tools {

CheckpointChoice take_checkpoint(std::vector<std::string>& settings) {
  struct Chosen {
    std::string checkpoint;
    void fields(Fields& field) {
      field("checkpoint", checkpoint, "which one of a run", one_of({"", "last", "best"}));
    }
  };
  const auto is_choice = [](const std::string& text) { return text.starts_with("checkpoint="); };
  std::vector<std::string> given;
  std::ranges::copy_if(settings, std::back_inserter(given), is_choice);
  std::erase_if(settings, is_choice);
  return checkpoint_choice(read_config_text<Chosen>("{}", "seqrl", given).checkpoint);
}

void accept_target(std::vector<std::string>& settings) {
  const std::string alias = "target=";
  for (std::string& text : settings) {
    if (text.starts_with(alias)) text = "targets=" + text.substr(alias.size());
  }
}

}  // namespace seqrl::tools
