// Users' MuJoCo models: changed, moved, broken, drawn.
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>

#include "tests/catch.h"
#include "tests/tools/program/program.h"

using namespace seqrl;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

const std::string kRobot =
    "<worldbody><body name='arm' pos='0 0 1'><joint name='j' axis='0 1 0'/><geom size='.1'/></body>"
    "</worldbody><actuator><motor joint='j' ctrllimited='true' ctrlrange='-1 1'/></actuator>";

// A box of half-lengths (x, 0.1, 0.1) metres as an OBJ file.
std::string box(const std::string& x) {
  const std::string y = " .1", z = " .1", mx = "v -" + x, px = "v " + x;
  return mx + " -.1 -.1\n" + mx + " -.1 .1\n" + mx + " .1 -.1\n" + mx + " .1 .1\n" + px +
         " -.1 -.1\n" + px + " -.1 .1\n" + px + " .1 -.1\n" + px + " .1 .1\n" +
         "f 1 2 4 3\nf 5 7 8 6\nf 1 5 6 2\nf 3 4 8 7\nf 1 3 7 5\nf 2 6 8 4\n";
}

struct Models : TemporaryFolder {
  void write(const std::string& name, const std::string& text) const {
    write_file_atomically(*this / name, text);
  }
  // A robot of three files, and a run trained with it.
  void train() const {
    make_folder(*this / "robot/meshes");
    write("robot/scene.xml",
          "<mujoco><compiler meshdir='meshes'/><include file='arm.xml'/></mujoco>");
    write("robot/arm.xml",
          "<mujoco><asset><mesh name='b' file='b.obj'/></asset><worldbody><body pos='0 0 1'>"
          "<joint name='j' axis='0 1 0'/><geom type='mesh' mesh='b' rgba='1 0 0 1'/></body>"
          "</worldbody><actuator><motor joint='j' ctrllimited='true' ctrlrange='-1 1'/></actuator>"
          "</mujoco>");
    write("robot/meshes/b.obj", box(".3"));
    write("robot.yaml",
          "env: {kind: mjcf, model: robot/scene.xml, max_episode_steps: 9, "
          "reward: {joint_velocities: {j: 1}}, reset: {position_noise: 0.1}}\n"
          "agent: {kind: sac, dim: 8, batch: 4, random_steps: 4}\noutput: run\n"
          "training: {steps: 10, log_every: 5}\nevaluation: {every: 10, episodes: 2}\n");
    REQUIRE(seqrl_in(*this, "train robot.yaml").status == 0);
  }
  // One line, exit status 2, and no other output from MuJoCo.
  void rejected(const std::string& arguments, const std::string& because) const {
    INFO(arguments);
    const Ran ran = seqrl_in(*this, arguments);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Contains(because));
    CHECK(ran.out.empty());
    CHECK(!fs::exists(*this / "MUJOCO_LOG.TXT"));
  }
};

}  // namespace

TEST_CASE("a changed mesh is detected, a moved model is accepted with env.model") {
  const Models folder;
  folder.train();
  folder.write("robot/meshes/b.obj", box(".9"));
  for (const char* command : {"eval run", "render run", "train --resume run training.steps=20",
                              "collect config=run transitions=9 output=x.hdf5"}) {
    folder.rejected(command, "robot/scene.xml has changed");
  }
  CHECK(seqrl_in(folder, "eval run env.fingerprint=null").status == 0);

  folder.write("robot/meshes/b.obj", box(".3"));
  CHECK(seqrl_in(folder, "eval run").status == 0);
  fs::rename(folder / "robot", folder / "moved");
  folder.rejected("eval run", "robot/scene.xml: no such file");
  const Ran eval = seqrl_in(folder, "eval run env.model=moved/scene.xml");
  CHECK(eval.status == 0);
  CHECK(eval.err.empty());
}

TEST_CASE("the colours and comments of a model do not matter to a run") {
  const Models folder;
  folder.train();
  std::string arm = read_file(folder / "robot/arm.xml");
  arm.replace(arm.find("1 0 0 1"), 7, "0 0 1 1");
  std::string comment;
  for (int i = 0; i < 200; ++i) comment += "<!-- <include file='arm.xml'/> -->";
  folder.write("robot/arm.xml", arm.replace(arm.find("<asset>"), 0, comment));
  CHECK(seqrl_in(folder, "eval run").status == 0);
}

TEST_CASE("a fingerprint of an older seqrl is accepted with a note") {
  const Models folder;
  folder.train();
  const Ran eval = seqrl_in(folder, "eval run env.fingerprint=0123456789abcdef");
  CHECK(eval.status == 0);
  CHECK(is_one_line(eval.err));
  CHECK_THAT(eval.err, Contains("from an older seqrl"));
}

TEST_CASE("an unusable model is rejected in one line") {
  const Models folder;
  const auto rejected = [&](const std::string& file, const std::string& because) {
    folder.rejected("collect env=mjcf transitions=9 output=x.hdf5 env.model=" + file, because);
  };
  const auto model = [&](const std::string& content, const std::string& because) {
    folder.write("m.xml", "<mujoco>" + content + "</mujoco>");
    rejected("m.xml", because);
  };
  model("<asset><mesh name='b' file='none.obj'/></asset>" + kRobot, "none.obj");
  model("<include file='none.xml'/>" + kRobot, "none.xml");
  model("<include file='m.xml'/>" + kRobot, "already included");
  model("<option timestep='0'/>" + kRobot, "its timestep is 0");
  model("<option timestep='nan'/>" + kRobot, "its timestep is nan");
  model("<option gravity='0 0 nan'/>" + kRobot, "its gravity[2] is nan");
  model("<worldbody><geom size='1'/></worldbody>", "no actuators");
  model("<size nuserdata='2000000000'/>" + kRobot, "does not compile");
  model("<worldbody>", "does not compile");
  rejected("none.xml", "no such file");
  rejected(".", "a folder");
  fs::create_symlink("loop.xml", folder / "loop.xml");
  rejected("loop.xml", "no such file");
  REQUIRE(::mkfifo((folder / "fifo.xml").c_str(), 0600) == 0);
  rejected("fifo.xml", "a special file");
  folder.write("empty.xml", "");
  rejected("empty.xml", "does not compile");

  folder.write("m.xml", "<mujoco>" + kRobot +
                            "<keyframe><key name='k' qpos='nan'/><key name='far' qpos='1e300'/>"
                            "</keyframe></mujoco>");
  rejected("m.xml env.reset.keyframe=k", "k: its qpos[0] is nan");
  rejected("m.xml env.reset.keyframe=far", "far: its qpos[0] is 1e+300");
}

TEST_CASE("a simulation that breaks in its first step ends a collection") {
  const Models folder;
  folder.write("m.xml", "<mujoco><option timestep='1e9'/>" + kRobot + "</mujoco>");
  const Ran ran = seqrl_in(folder, "collect env=mjcf transitions=9 output=x.hdf5 env.model=m.xml",
                           "timeout 60");
  CHECK(ran.status == 1);
  CHECK(is_one_line(ran.err));
  CHECK_THAT(ran.err, Contains("breaks in the first step"));
  CHECK(!fs::exists(folder / "x.hdf5"));
}

TEST_CASE("render takes a camera by name or number, and an error lists the cameras") {
  const Models folder;
  folder.train();
  std::string arm = read_file(folder / "robot/arm.xml");
  arm.replace(arm.find("<worldbody>"), 11,
              "<worldbody><camera name='front' pos='0 -3 1' xyaxes='1 0 0 0 0 1'/>"
              "<geom type='plane' size='1 1 .1'/>");
  folder.write("robot/arm.xml", arm);
  const std::string render = "render run env.fingerprint=null width=64 height=48 camera=";
  const Ran front = seqrl_in(folder, render + "front");
  if (front.status == 1) {
    CHECK(is_one_line(front.err));
    WARN("skipped: no video: " << front.err);
    return;
  }
  CHECK(front.status == 0);
  CHECK(seqrl_in(folder, render + "0 output=number.mp4").status == 0);
  CHECK(read_file(folder / "number.mp4") == read_file(folder / "run/video.mp4"));
  CHECK(seqrl_in(folder, render + "track").status == 0);
  folder.rejected(render + "fornt", "'front'");
  folder.rejected(render + "7", "'front'");
}
