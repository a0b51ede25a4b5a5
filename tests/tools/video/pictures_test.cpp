// Plots, videos and reports from a user's view.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/program/program.h"

using namespace seqrl;
using Catch::Contains;

namespace {

namespace fs = std::filesystem;

bool has(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

// Whether this machine can make a video; if not, the program has said so in one line.
bool rendered(const Ran& ran) {
  if (ran.status == 0) return true;
  CHECK(ran.status == 1);
  CHECK(is_one_line(ran.err));
  WARN("no video here: " << ran.err);
  return false;
}

}  // namespace

TEST_CASE("render writes an mp4 of the episode that eval plays") {
  const Workspace folder;
  Ran ran = seqrl_in(folder, "render run episodes=3 episode=best targets=100 width=64 height=48");
  if (!rendered(ran)) return;
  CHECK_THAT(ran.out, Contains("run/video.mp4: episode") && Contains("target 100"));
  const std::string video = read_file(folder / "run/video.mp4");
  CHECK(video.substr(4, 4) == "ftyp");
  for (const auto& entry : fs::directory_iterator(folder / "run")) {
    CHECK_THAT(entry.path().string(), !Contains(".tmp"));
  }
  const auto shown = [&](const std::string& choice) {
    ran = seqrl_in(folder,
                   "render run/checkpoints/last.safetensors output=v.mp4 episodes=4 width=64 "
                   "height=48 episode=" +
                       choice);
    REQUIRE(ran.status == 0);
    return std::stod(ran.out.substr(ran.out.find("return ") + 7));
  };
  const Ran eval = seqrl_in(folder, "eval run --json episodes=1 mode=window");
  const auto played = nlohmann::json::parse(eval.out).at("targets").at(0).at("return_mean");
  const double first = shown("0"), best = shown("best"), median = shown("median"),
               worst = shown("worst");
  CHECK(first == Approx(played.get<double>()).margin(0.06));
  CHECK(best >= first);
  CHECK(first >= worst);
  CHECK(best >= median);
  CHECK(median >= worst);
}

TEST_CASE("plot writes figures of runs, and without gnuplot only their data") {
  const Workspace folder;
  const std::string small = " episodes=2 'targets=[50, 100]' mode=stream";
  const Ran ran = seqrl_in(folder, "plot run" + small, "env PATH=/nowhere");
  CHECK(ran.status == 1);
  CHECK(is_one_line(ran.err));
  CHECK_THAT(ran.err, Contains("gnuplot is not installed: apt-get install gnuplot-nox"));
  for (const char* name : {"data-loss.csv", "data-score.csv", "data-targets.csv"}) {
    CHECK(fs::exists(folder / "run/plots" / name));
  }
  CHECK_THAT(read_file(folder / "run/plots/data-targets.csv"), Contains("\"min_gru, seed 1\",50,"));
  if (!has("gnuplot")) return;
  CHECK(seqrl_in(folder, "plot run output=pictures" + small).status == 0);
  for (const char* name : {"data-loss", "data-score", "data-targets"}) {
    CHECK(fs::file_size(folder / "pictures" / (std::string(name) + ".svg")) > 1000);
    CHECK(fs::file_size(folder / "pictures" / (std::string(name) + ".png")) > 1000);
  }
}

TEST_CASE("plot shows negative targets, and labels runs by the setting that differs") {
  const Workspace folder;
  REQUIRE(
      seqrl_in(folder, "train tiny.yaml output=other training.steps=6 training.lr=0.25 " + kTinyRun)
          .status == 0);
  const Ran ran = seqrl_in(folder,
                           "plot run other output=pictures figures=[targets] 'targets=[-100, -50]' "
                           "episodes=1 mode=stream");
  CHECK_THAT(read_file(folder / "pictures/data-targets.csv"),
             Contains("lr=0.25,-100,") && !Contains("training.lr"));
  if (!has("gnuplot")) return;
  REQUIRE(ran.status == 0);
  CHECK_THAT(read_file(folder / "pictures/data-targets.svg"), Contains(">-100<"));
}

TEST_CASE("plot and report show what SAC logs: losses, temperature, episodes") {
  const Workspace folder;
  write_file_atomically(folder / "sac.yaml",
                        "env: hopper\ndevice: cpu\noutput: sac\n"
                        "agent: {kind: sac, dim: 8, layers: 1, batch: 8, random_steps: 50}\n"
                        "training: {steps: 150, shards: 2, log_every: 25}\n"
                        "evaluation: {episodes: 1}\n");
  REQUIRE(seqrl_in(folder, "train sac.yaml").status == 0);
  const Ran ran = seqrl_in(folder, "plot sac", "env PATH=/nowhere");
  for (const char* metric : {"critic_loss", "actor_loss", "value", "entropy", "temperature",
                             "episode-return", "episode-length", "score"}) {
    CHECK(fs::exists(folder / "sac/plots" / (std::string("hopper-") + metric + ".csv")));
  }
  CHECK(!fs::exists(folder / "sac/plots/hopper-loss.csv"));
  CHECK_THAT(ran.out, Contains("temperature") && Contains("environment steps"));
  seqrl_in(folder, "plot sac output=one figures=[episode/return]", "env PATH=/nowhere");
  CHECK(fs::exists(folder / "one/hopper-episode-return.csv"));
  CHECK(!fs::exists(folder / "one/hopper-entropy.csv"));
  const Ran wrong = seqrl_in(folder, "plot sac figures=[temperatur]");
  CHECK(wrong.status == 2);
  CHECK_THAT(wrong.err, Contains("did you mean 'temperature'?"));
  CHECK(seqrl_in(folder, "report sac").status == 0);
  CHECK_THAT(read_file(folder / "sac/report.html"),
             Contains("critics&#39; loss") || Contains("critics' loss"));
}

TEST_CASE("a report is one self-contained page, and names the command for a video") {
  const Workspace folder;
  const Ran ran =
      seqrl_in(folder, "report run episodes=1 'targets=[50, 100]'", "env PATH=/nowhere");
  CHECK(ran.status == 0);
  const std::string html = read_file(folder / "run/report.html");
  CHECK_THAT(html, Contains("min_gru on data, seed 1") && Contains("window/100/score") &&
                       Contains("weight_decay") && Contains("seqrl render"));
  CHECK_THAT(html, Contains(" ± ") && Contains("mean ± standard deviation over episodes"));
  CHECK_THAT(html, Contains("training time") && Contains("trained on"));
  CHECK_THAT(html, Contains("<svg class=\"wide\"") && Contains("<svg class=\"narrow\"") &&
                       Contains("return = target"));
  CHECK_THAT(html, !Contains("src=\"http") && !Contains("href=") && !Contains("url(") &&
                       Contains("default-src 'none'"));
}

TEST_CASE("several runs share one report page, at the given path") {
  const Workspace folder;
  REQUIRE(
      seqrl_in(folder, "train tiny.yaml training.steps=6 seed=2 output=run2 " + kTinyRun).status ==
      0);
  const Ran ran = seqrl_in(folder, "report run run2 figures=[loss,score]");
  CHECK(ran.status == 0);
  CHECK(ran.out == "report.html\n");
  const std::string html = read_file(folder / "report.html");
  CHECK_THAT(html, Contains("2 runs on data") && Contains("Over seeds") && Contains("IQM") &&
                       Contains("href=\"#run-2\"") && Contains("id=\"run-2\"") &&
                       Contains("seed 2") && !Contains("src=\"http"));
  CHECK(seqrl_in(folder, "report run run2 figures=[loss] output=pages/both.html").status == 0);
  CHECK(fs::exists(folder / "pages/both.html"));
  CHECK(seqrl_in(folder, "report run figures=[loss] output=pages").status == 0);
  CHECK(fs::exists(folder / "pages/report.html"));
  CHECK(seqrl_in(folder, "report run run2 nothing").status == 2);
}

TEST_CASE("a report embeds the video with a poster, or else the GIF") {
  const Workspace folder;
  if (!rendered(seqrl_in(folder, "render run width=64 height=48 output=run/video.gif"))) return;
  CHECK(read_file(folder / "run/video.gif").starts_with("GIF8"));
  REQUIRE(seqrl_in(folder, "report run figures=[loss]").status == 0);
  CHECK_THAT(read_file(folder / "run/report.html"), Contains("data:image/gif;base64,"));
  REQUIRE(seqrl_in(folder, "render run width=64 height=48").status == 0);
  REQUIRE(seqrl_in(folder, "report run figures=[loss]").status == 0);
  CHECK_THAT(read_file(folder / "run/report.html"),
             Contains("data:video/mp4;base64,") && Contains("poster=\"data:image/jpeg;base64,") &&
                 !Contains("data:image/gif"));
}
