#include "envs/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <deque>
#include <mutex>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "envs/gymnasium/gymnasium_options.h"
#include "envs/mjcf/mjcf_env.h"
#include "envs/robots/ant.h"
#include "envs/robots/halfcheetah.h"
#include "envs/robots/hopper.h"
#include "envs/robots/humanoid.h"
#include "envs/robots/inverted_double_pendulum.h"
#include "envs/robots/inverted_pendulum.h"
#include "envs/robots/pusher.h"
#include "envs/robots/reacher.h"
#include "envs/robots/swimmer.h"
#include "envs/robots/walker2d.h"

namespace seqrl {
namespace {

struct Entry {
  std::string name;
  EnvBuilder make;
  EnvFacts facts;

  bool is_called(std::string_view wanted) const {
    return wanted == name || (!wanted.empty() && wanted == facts.gymnasium_id) ||
           std::ranges::find(facts.same_ids, wanted) != facts.same_ids.end();
  }
};

struct Registry {
  std::mutex mutex;
  std::deque<Entry> entries;  // a deque keeps their addresses

  // By its name or Gymnasium id.
  const Entry* find(std::string_view name) const {
    const auto found =
        std::ranges::find_if(entries, [&](const Entry& entry) { return entry.is_called(name); });
    return found == entries.end() ? nullptr : &*found;
  }

  const EnvFacts* find_facts(std::string_view name) {
    const std::lock_guard lock(mutex);
    const Entry* entry = find(name);
    return entry == nullptr ? nullptr : &entry->facts;
  }
};

Registry& registry() {
  static Registry registry;
  return registry;
}

std::vector<std::string> all_names() {
  const std::lock_guard lock(registry().mutex);
  std::vector<std::string> names;
  for (const Entry& entry : registry().entries) names.push_back(entry.name);
  return names;
}

// All names of an environment with these facts.
std::vector<std::string> names_of(const std::string& name, const EnvFacts& facts) {
  std::vector<std::string> names = facts.same_ids;
  if (!facts.gymnasium_id.empty()) names.insert(names.begin(), facts.gymnasium_id);
  names.insert(names.begin(), name);
  return names;
}

void add_builder(const std::string& name, EnvBuilder builder, EnvFacts facts) {
  SEQRL_REQUIRE(!name.empty() && builder, "an environment needs a name and a factory");
  const std::lock_guard lock(registry().mutex);
  for (const std::string& called : names_of(name, facts)) {
    SEQRL_REQUIRE(!registry().find(called), "an environment named '{}' is already registered",
                  called);
  }
  registry().entries.push_back({name, std::move(builder), std::move(facts)});
}

// Registers a kind without `register_builtin_envs`, which calls this function.
template <std::derived_from<EnvOptions> Options, typename Make>
void add_builtin(const char* name, const char* help, Make make, EnvFacts facts = {}) {
  add_builder(
      name, [make](const EnvSection& section) { return make(section.as<Options>()); },
      std::move(facts));
  register_kind<EnvOptions, Options>(name, help);
  register_env_ids(name);
}

void add_builtin(const char* name, const char* help, std::unique_ptr<Env> (*make)(),
                 EnvFacts facts = {}) {
  add_builtin<EnvOptions>(
      name, help, [make](const EnvOptions&) { return make(); }, std::move(facts));
}

// How a config can use a Gymnasium id that is not built in.
std::string gymnasium_hint(std::string_view name) {
  if (!is_gymnasium_id(name) || kind_table<EnvOptions>().find("gymnasium") == nullptr) return "";
  return fmt::format("; for Gymnasium's own, write env: {{kind: gymnasium, id: {}}}",
                     one_line(name));
}

constexpr const char* kLastReward = "the reward of the step in which the robot falls is 1 lower";
constexpr const char* kContacts = "contact forces are observed and reduce the reward";

void add_gymnasium_v4() {
  add_builtin("hopper", "hops in the plane (Gymnasium's Hopper-v4)", make_hopper,
              {.gymnasium_id = "Hopper-v4",
               .same_ids = {"Hopper-v3", "Hopper-v2"},
               .entry_point = "gymnasium.envs.mujoco.hopper_v4:HopperEnv",
               .next_version = kLastReward,
               .d4rl = ReferenceReturns{-20.272305, 3234.3},
               .targets = {3600, 1800},
               .hidden_positions = 1});
  add_builtin(
      "walker2d", "walks in the plane (Walker2d-v4)", make_walker2d,
      {.gymnasium_id = "Walker2d-v4",
       .same_ids = {"Walker2d-v3", "Walker2d-v2"},
       .entry_point = "gymnasium.envs.mujoco.walker2d_v4:Walker2dEnv",
       .next_version = std::string("the right foot's friction is 1.9, not 0.9, and ") + kLastReward,
       .d4rl = ReferenceReturns{1.629008, 4592.3},
       .targets = {5000, 2500},
       .hidden_positions = 1});
  add_builtin("halfcheetah", "runs in the plane (HalfCheetah-v4)", make_halfcheetah,
              {.gymnasium_id = "HalfCheetah-v4",
               .same_ids = {"HalfCheetah-v3", "HalfCheetah-v2"},
               .entry_point = "gymnasium.envs.mujoco.half_cheetah_v4:HalfCheetahEnv",
               .d4rl = ReferenceReturns{-280.178953, 12135.0},
               .targets = {12000, 6000},
               .hidden_positions = 1});
  add_builtin("ant", "four-legged robot in three dimensions (Ant-v4)", make_ant,
              {.gymnasium_id = "Ant-v4",
               .same_ids = {"Ant-v3", "Ant-v2"},
               .entry_point = "gymnasium.envs.mujoco.ant_v4:AntEnv",
               .next_version = kContacts,
               .d4rl = ReferenceReturns{-325.6, 3879.7},
               .targets = {6000, 3000},
               .hidden_positions = 2});
  add_builtin("ant_d4rl", "Ant-v4 with D4RL's 111 observations", make_ant_d4rl,
              {.variant_of = "Ant-v4",
               .next_version = kContacts,
               .d4rl = ReferenceReturns{-325.6, 3879.7},
               .targets = {6000, 3000}});
}

void add_gymnasium_v5() {
  const auto facts = [](const char* id, const char* entry, std::optional<int> hidden = {}) {
    return EnvFacts{.gymnasium_id = id,
                    .entry_point = std::string("gymnasium.envs.mujoco.") + entry,
                    .hidden_positions = hidden};
  };
  add_builtin<HopperOptions>("hopper_v5", "hops in the plane (Hopper-v5)", make_hopper_v5,
                             facts("Hopper-v5", "hopper_v5:HopperEnv", 1));
  add_builtin<Walker2dOptions>("walker2d_v5", "walks in the plane (Walker2d-v5)", make_walker2d_v5,
                               facts("Walker2d-v5", "walker2d_v5:Walker2dEnv", 1));
  add_builtin<HalfCheetahOptions>("halfcheetah_v5", "runs in the plane (HalfCheetah-v5)",
                                  make_halfcheetah_v5,
                                  facts("HalfCheetah-v5", "half_cheetah_v5:HalfCheetahEnv", 1));
  add_builtin<AntOptions>("ant_v5", "four-legged robot that observes contact forces (Ant-v5)",
                          make_ant_v5, facts("Ant-v5", "ant_v5:AntEnv"));
  add_builtin<HumanoidOptions>("humanoid_v5", "human figure that walks (Humanoid-v5)",
                               make_humanoid_v5, facts("Humanoid-v5", "humanoid_v5:HumanoidEnv"));
  add_builtin<HumanoidStandupOptions>(
      "humanoid_standup_v5", "human figure that stands up (HumanoidStandup-v5)",
      make_humanoid_standup_v5,
      facts("HumanoidStandup-v5", "humanoidstandup_v5:HumanoidStandupEnv"));
  add_builtin<InvertedPendulumOptions>(
      "inverted_pendulum_v5", "cart that balances a pole (InvertedPendulum-v5)",
      make_inverted_pendulum_v5,
      facts("InvertedPendulum-v5", "inverted_pendulum_v5:InvertedPendulumEnv", 0));
  add_builtin<InvertedDoublePendulumOptions>(
      "inverted_double_pendulum_v5",
      "cart that balances a double pendulum (InvertedDoublePendulum-v5)",
      make_inverted_double_pendulum_v5,
      facts("InvertedDoublePendulum-v5", "inverted_double_pendulum_v5:InvertedDoublePendulumEnv"));
  add_builtin<ReacherOptions>("reacher_v5", "arm that reaches for a target (Reacher-v5)",
                              make_reacher_v5, facts("Reacher-v5", "reacher_v5:ReacherEnv"));
  add_builtin<PusherOptions>("pusher_v5", "arm that pushes a cylinder to a goal (Pusher-v5)",
                             make_pusher_v5, facts("Pusher-v5", "pusher_v5:PusherEnv"));
  add_builtin<SwimmerOptions>("swimmer_v5", "chain that swims in the plane (Swimmer-v5)",
                              make_swimmer_v5, facts("Swimmer-v5", "swimmer_v5:SwimmerEnv", 2));
}

}  // namespace

// Listed here, not registered by static initialisers: linkers drop those.
void register_builtin_envs() {
  static const bool once = [] {
    add_gymnasium_v4();
    add_gymnasium_v5();
    add_builtin<GymnasiumOptions>("gymnasium",
                                  "any environment with Gymnasium's interface, run in your Python",
                                  make_gymnasium_env);
    add_builtin<MjcfOptions>("mjcf", "any MuJoCo model, described in the config", make_mjcf_env);
    kind_table<EnvOptions>().explain_unknown(gymnasium_hint);
    return true;
  }();
  static_cast<void>(once);
}

std::unique_ptr<Env> make_env(const EnvSection& section) {
  EnvBuilder make;
  {
    const std::lock_guard lock(registry().mutex);
    if (const Entry* entry = registry().find(section.kind())) make = entry->make;
  }
  SEQRL_REQUIRE(make, "there is no environment named '{}'", section.kind());
  auto env = make(section);
  SEQRL_REQUIRE(env, "the factory of environment '{}' returned nothing", section.kind());
  return env;
}

std::unique_ptr<EnvBatch> make_env_batch(const EnvSection& section, std::size_t slots) {
  if (auto batch = section.shared().make_batch(slots)) return batch;
  std::vector<std::unique_ptr<Env>> envs;
  for (std::size_t i = 0; i < slots; ++i) envs.push_back(make_env(section));
  return batch_of(std::move(envs));
}

std::unique_ptr<Env> make_env(std::string_view name) {
  register_builtin_envs();
  const KindTable& kinds = kind_table<EnvOptions>();
  const KindTable::Kind* kind = kinds.find(name);
  SEQRL_REQUIRE(kind != nullptr, "unknown environment {}{}", shown(name), kinds.suggestion(name));
  return make_env(EnvSection(kind->name));
}

std::vector<std::string> env_names() {
  register_builtin_envs();
  std::vector<std::string> names = all_names();
  std::erase_if(names, [](const std::string& name) {
    return std::ranges::any_of(EnvSection(name).fields().all(), &Field::required);
  });
  return names;
}

void register_env(std::string name, EnvFactory factory, EnvFacts facts) {
  SEQRL_REQUIRE(!name.empty() && factory, "an environment needs a name and a factory");
  register_env<EnvOptions>(
      name, "registered by a program or a plug-in",
      [factory = std::move(factory)](const EnvOptions&) { return factory(); }, std::move(facts));
}

void register_env_builder(const std::string& name, EnvBuilder builder, EnvFacts facts) {
  register_builtin_envs();
  add_builder(name, std::move(builder), std::move(facts));
}

void register_env_ids(const std::string& name) {
  const EnvFacts* facts = registry().find_facts(name);
  SEQRL_CHECK(facts != nullptr);
  for (const std::string& called : names_of(name, *facts)) {
    if (called != name) kind_table<EnvOptions>().add_alias(called, name);
  }
}

const EnvFacts* env_facts(std::string_view name) {
  register_builtin_envs();
  const EnvFacts* facts = registry().find_facts(name);
  return facts != nullptr ? facts : d4rl_task_facts(name);
}

std::string env_of_gymnasium_id(std::string_view id) {
  register_builtin_envs();
  const std::lock_guard lock(registry().mutex);
  const Entry* entry = registry().find(id);
  return entry == nullptr || entry->name == id ? "" : entry->name;
}

bool is_gymnasium_id(std::string_view text) {
  const std::size_t at = text.rfind("-v");
  if (at == std::string_view::npos || at == 0 || at + 2 == text.size()) return false;
  return std::ranges::all_of(text.substr(at + 2),
                             [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace seqrl
