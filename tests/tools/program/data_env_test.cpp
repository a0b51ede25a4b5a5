// Which environment data belongs to: its metadata and its steps count; a name does not.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/agents/datasets/odd_hdf5.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/tools/program/program.h"

using namespace seqrl;

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct EnvFolder : TemporaryFolder {
  EnvFolder() { write_file_atomically(*this / "c.yaml", "env: hopper\ndevice: cpu\n"); }

  void collect(const std::string& settings) const {
    const Ran ran = seqrl_in(*this, "collect transitions=300 " + settings);
    INFO(ran.err);
    REQUIRE(ran.status == 0);
  }
  Ran train(const std::string& settings) const {
    fs::remove_all(*this / "run");
    return seqrl_in(*this, "train c.yaml output=run training.steps=2 " + kTinyRun + settings);
  }
  void refused(const std::string& settings, const std::string& why) const {
    const Ran ran = train(settings);
    INFO(ran.err);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, ContainsSubstring(why) && ContainsSubstring("dataset.env_mismatch=allow"));
    CHECK(!fs::exists(*this / "run"));
    const Ran allowed = train(settings + " dataset.env_mismatch=allow");
    INFO(allowed.err);
    CHECK(allowed.status == 0);
    CHECK_THAT(read_file(*this / "run/log.txt"), ContainsSubstring(why));
  }
  Json info(const std::string& data) const {
    const Ran ran = seqrl_in(*this, "info --json " + data);
    REQUIRE(ran.status == 0);
    return Json::parse(ran.out);
  }
};

const std::string kPoint = R"(<mujoco><worldbody><body pos="0 0 1">
  <joint name="x" type="slide" axis="1 0 0"/><geom type="sphere" size="0.1" mass="1"/>
</body></worldbody><actuator><motor joint="x" ctrllimited="true" ctrlrange="-1 1"/></actuator>
</mujoco>)";

}  // namespace

TEST_CASE("data of another environment with the same dimensions is rejected under any name") {
  const EnvFolder folder;
  folder.collect("env=walker2d output=halfcheetah.hdf5");
  const std::string settings = "env=halfcheetah dataset.path=halfcheetah.hdf5";
  folder.refused(settings, "names 'walker2d' as its environment, but env is halfcheetah");
  CHECK(folder.train("env=walker2d dataset.path=halfcheetah.hdf5").status == 0);
  CHECK(folder.info("halfcheetah.hdf5").at("env") == "walker2d");

  // A file without this information is identified by its steps.
  OddHdf5(folder / "halfcheetah.hdf5").remove("metadata");
  folder.refused(settings,
                 "appears to be data of walker2d, judging by its steps, but env is halfcheetah");
  const Ran own = folder.train("env=walker2d dataset.path=halfcheetah.hdf5");
  CHECK(own.status == 0);
  CHECK_THAT(own.err, ContainsSubstring("its name begins like halfcheetah, but env is walker2d"));
  fs::rename(folder / "halfcheetah.hdf5", folder / "mine.hdf5");
  CHECK_THAT(folder.train("env=walker2d dataset.path=mine.hdf5").err,
             ContainsSubstring("does not name its environment"));
}

TEST_CASE("another Gymnasium version of an environment is rejected only if it differs") {
  const EnvFolder folder;
  const auto as_v5 = [&](const std::string& name, const std::string& id) {
    const fs::path path = folder / (name + "/data/metadata.json");
    std::string text = read_file(path);
    text.replace(text.find(id + "-v4"), id.size() + 3, id + "-v5");
    write_file_atomically(path, text);
  };
  folder.collect("env=walker2d format=minari output=w-v0");
  CHECK(folder.train("env=walker2d dataset.path=w-v0").status == 0);
  CHECK(folder.info("w-v0").at("scores").is_object());
  as_v5("w-v0", "Walker2d");
  folder.refused("env=walker2d dataset.path=w-v0", "friction is 1.9, not 0.9");
  folder.refused("env=halfcheetah dataset.path=w-v0", "that is another environment");
  CHECK(folder.info("w-v0").at("scores").is_null());
  CHECK(folder.info("w-v0").at("env") == "walker2d_v5");
  REQUIRE(seqrl_in(folder, "collect transitions=1000 env=halfcheetah format=minari output=c-v0")
              .status == 0);
  as_v5("c-v0", "HalfCheetah");
  CHECK(folder.train("env=halfcheetah dataset.path=c-v0").status == 0);
}

TEST_CASE("without env, the environment is the one named by the data") {
  const EnvFolder folder;
  write_file_atomically(folder / "c.yaml", "device: cpu\n");
  const auto is_in = [&](const std::string& kind) {
    return ContainsSubstring("env:\n  kind: " + kind + "\n")
        .match(read_file(folder / "run/config.yaml"));
  };
  folder.collect("env=walker2d output=hopper.hdf5");
  const Ran ran = folder.train("dataset.path=hopper.hdf5");
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  CHECK_THAT(ran.err, ContainsSubstring("env is walker2d, as the data states"));
  CHECK(is_in("walker2d"));
  CHECK_THAT(seqrl_in(folder, "train c.yaml --dry-run dataset.path=hopper.hdf5 " + kTinyRun).out,
             ContainsSubstring("kind: walker2d"));
  CHECK_THAT(seqrl_in(folder, "info c.yaml dataset.path=hopper.hdf5").out,
             ContainsSubstring("kind: walker2d"));
  // env: none remains none, and data without an environment is learned from alone.
  const Ran alone = folder.train("env=none dataset.path=hopper.hdf5 dataset.validation=0.3");
  CHECK(alone.status == 0);
  CHECK(is_in("none"));
  OddHdf5(folder / "hopper.hdf5").remove("metadata");
  fs::rename(folder / "hopper.hdf5", folder / "mine.hdf5");
  const Ran unknown = folder.train("dataset.path=mine.hdf5 dataset.validation=0.3");
  CHECK(unknown.status == 0);
  CHECK_THAT(unknown.err, ContainsSubstring("env is none: the data does not name its environment"));
  CHECK(is_in("none"));
}

TEST_CASE("a run stores the identifier and the score scale of its Minari dataset") {
  const EnvFolder folder;
  write_file_atomically(folder / "c.yaml", "device: cpu\n");
  folder.collect("env=hopper format=minari output=root/mine/hopper-v0");
  const fs::path path = folder / "root/mine/hopper-v0/data/metadata.json";
  Json metadata = Json::parse(read_file(path));
  metadata["ref_min_score"] = 0;
  metadata["ref_max_score"] = 50;
  metadata["dataset_id"] = "other/mine/hopper-v0";
  write_file_atomically(path, metadata.dump());
  const Ran ran = folder.train("dataset.path=root/mine/hopper-v0");
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  const Json last = Json::parse(read_file(folder / "run/eval.json")).at("last");
  CHECK(last.at("scale").at("name") == "minari");
  const Json& target = last.at("targets")[0];
  CHECK(target.at("minari_score_mean").get<double>() ==
        Approx(2 * target.at("return_mean").get<double>()));
  CHECK(target.at("score_mean").is_number());  // hopper's, from D4RL
  const Json again = Json::parse(seqrl_in(folder, "eval run --json").out);
  CHECK(again.at("targets")[0].at("minari_score_mean") == target.at("minari_score_mean"));
  CHECK_THAT(seqrl_in(folder, "eval run").out, ContainsSubstring("minari score"));
  CHECK_THAT(seqrl_in(folder, "info run").out, ContainsSubstring("other/mine/hopper-v0"));
  CHECK_THAT(seqrl_in(folder, "table run").out, ContainsSubstring("other/mine/hopper-v0"));
  CHECK_THAT(seqrl_in(folder, "train c.yaml --dry-run dataset.path=root/mine/hopper-v0").out,
             ContainsSubstring("runs/other-mine-hopper-v0-min_gru-1"));
}

TEST_CASE("data of an unknown environment is rejected with env=none as an alternative") {
  const EnvFolder folder;
  write_file_atomically(folder / "c.yaml", "device: cpu\n");
  folder.collect("env=hopper format=minari output=h-v0");
  const fs::path path = folder / "h-v0/data/metadata.json";
  std::string text = read_file(path);
  text.replace(text.find("Hopper-v4"), 9, "Nothing-v4");
  write_file_atomically(path, text);
  const Ran ran = folder.train("dataset.path=h-v0");
  CHECK(ran.status == 2);
  CHECK(is_one_line(ran.err));
  CHECK_THAT(ran.err, ContainsSubstring("data of 'Nothing-v4'") && ContainsSubstring("env=none"));
  CHECK(!fs::exists(folder / "run"));
  CHECK(folder.train("dataset.path=h-v0 env=none dataset.validation=0.3").status == 0);
}

TEST_CASE("a described environment is not mistaken for the built-in one of the same name") {
  const EnvFolder folder;
  write_file_atomically(folder / "hopper.xml", kPoint);
  const std::string env = "'env={kind: mjcf, model: hopper.xml, reward: {control_cost: 1}}'";
  folder.collect(env + " output=data.hdf5");
  CHECK(folder.info("data.hdf5").at("env") == "hopper");
  CHECK(folder.info("data.hdf5").at("scores").is_null());

  // The environment has no usual targets: they are derived from the data and saved in the config.
  const std::string tiny =
      "backbone.dim=16 backbone.layers=1 training.batch=4 training.shards=2 training.context=4 "
      "evaluation.episodes=2 training.steps=2 ";
  const Ran ran = seqrl_in(folder,
                           "train c.yaml output=run dataset.path=data.hdf5 dataset."
                           "keep_cut_episodes=true " +
                               tiny + env);
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  CHECK_THAT(ran.err, ContainsSubstring("so they are the best and the median return of the data"));
  const std::string config = read_file(folder / "run/config.yaml");
  const std::size_t targets = config.find("targets: [-");
  REQUIRE(targets != std::string::npos);
  CHECK(
      Json::parse(read_file(folder / "run/eval.json")).at("targets")[0].at("score_mean").is_null());
  REQUIRE(seqrl_in(folder, "train run/config.yaml output=again").status == 0);
  CHECK_THAT(read_file(folder / "again/config.yaml"),
             ContainsSubstring(config.substr(targets, config.find('\n', targets) - targets)));

  const Ran other = seqrl_in(folder,
                             "train c.yaml output=other dataset.path=data.hdf5 "
                             "dataset.keep_cut_episodes=true evaluation.targets=[1] " +
                                 tiny + "'env={kind: mjcf, model: hopper.xml, frame_skip: 2}'");
  CHECK(other.status == 2);
  CHECK_THAT(other.err, ContainsSubstring("env.frame_skip is 1 in the data, but 2 here"));
}

TEST_CASE("a Minari dataset's identifier is its path below a root, and its metadata is complete") {
  const EnvFolder folder;
  const auto metadata = [&](const std::string& name) {
    return Json::parse(read_file(folder / (name + "/data/metadata.json")));
  };
  folder.collect("env=hopper format=minari output=root/hopper/medium-v0");
  folder.collect("env=hopper format=minari output=root/hopper/medium-v1");
  CHECK(metadata("root/hopper/medium-v0").at("dataset_id") == "root/hopper/medium-v0");
  CHECK(metadata("root/hopper/medium-v1").at("dataset_id") == "root/hopper/medium-v1");
  folder.collect("env=hopper format=minari output=plain-v0");
  CHECK(metadata("plain-v0").at("dataset_id") == "plain-v0");
  REQUIRE(seqrl_in(folder,
                   "collect transitions=50 env=hopper format=minari output=other/walker/a-v0",
                   "MINARI_DATASETS_PATH=other")
              .status == 0);
  const Json there = metadata("other/walker/a-v0");
  CHECK(there.at("dataset_id") == "walker/a-v0");
  CHECK(there.at("dataset_size").get<double>() > 0);
  for (const char* key : {"minari_version", "data_format", "total_episodes", "total_steps",
                          "author", "description", "algorithm_name", "env_spec"}) {
    CHECK(there.contains(key));
  }
  CHECK(seqrl_in(folder, "collect transitions=50 env=hopper format=minari output=a.b-v0").status ==
        2);
}

TEST_CASE("a Minari dataset in an unsupported format is rejected with the format named") {
  const EnvFolder folder;
  fs::create_directories(folder / "a-v0/data/0");
  write_file_atomically(folder / "a-v0/data/metadata.json",
                        R"({"dataset_id": "a-v0", "data_format": "arrow"})");
  for (const char* command : {"info a-v0", "train c.yaml output=run dataset.path=a-v0"}) {
    const Ran ran = seqrl_in(folder, command);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, ContainsSubstring("in the format 'arrow'; seqrl reads hdf5"));
  }
}

TEST_CASE("a missing dataset is downloaded only on request, by the given Python") {
  const EnvFolder folder;
  folder.collect("env=hopper format=minari output=remote/hopper/mine-v0");
  // A stand-in for Minari that records requests.
  write_file_atomically(folder / "minari.py", R"(import os, shutil

def download_dataset(id):
    with open("asked.txt", "a") as file:
        file.write(id + "\n")
    if id == "hopper/none-v0":
        raise ValueError("Couldn't find any compatible version")
    shutil.copytree(os.path.join("remote", id), os.path.join(os.environ["MINARI_DATASETS_PATH"], id))
)");
  const auto train = [&](const std::string& settings) {
    fs::remove_all(folder / "run");
    return seqrl_in(folder, "train c.yaml output=run training.steps=2 " + kTinyRun + settings,
                    "PYTHONPATH=. MINARI_DATASETS_PATH=local");
  };
  const std::string mine = "dataset.path=hopper/mine-v0 ";
  const std::string download = "dataset.minari=download dataset.python=python3";
  const auto refused = [&](const std::string& settings, const std::string& why) {
    const Ran ran = train(settings);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, ContainsSubstring(why));
    CHECK(!fs::exists(folder / "run"));
  };
  refused(mine, "there is no dataset hopper/mine-v0");
  refused(mine + "dataset.python=python3", "there is no dataset hopper/mine-v0");
  refused(mine + "dataset.minari=download", "it must be local without dataset.python");
  CHECK(!fs::exists(folder / "asked.txt"));
  refused("dataset.path=hopper/none-v0 " + download,
          "failed to download the Minari dataset hopper/none-v0: ValueError: Couldn't find any");

  // Existing data is not requested again; `env: data` follows from the download.
  for (int i = 0; i < 2; ++i) {
    const Ran ran = train(mine + "env=data " + download);
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    CHECK_THAT(read_file(folder / "run/config.yaml"), ContainsSubstring("path: hopper/mine-v0"));
  }
  CHECK(read_file(folder / "asked.txt") == "hopper/none-v0\nhopper/mine-v0\n");
}
