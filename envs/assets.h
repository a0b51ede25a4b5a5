// The files of envs/assets, models and policies, compiled into the binary.
#pragma once

#include <span>
#include <string_view>

namespace seqrl {

struct Asset {
  std::string_view name;  // "hopper.xml"
  std::string_view text;
};

std::span<const Asset> builtin_assets();

// The policies of envs/assets/policies, checkpoints in safetensors: "hopper-expert.safetensors".
std::span<const Asset> builtin_policies();

// Returns the text of a built-in asset. An unknown name is an internal bug.
std::string_view asset_text(std::string_view name);

}  // namespace seqrl
