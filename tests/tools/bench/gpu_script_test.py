#!/usr/bin/env python3
"""Tests tools/bench/gpu.sh on machines where parts fail, with stand-ins for the programs that it runs:
gpu_script_test.py [TEST_PROGRAM [CASE…]]
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
TESTS = sys.argv[1] if len(sys.argv) > 1 else ""  # a Catch2 program
# Everything that the script needs from a machine.
NEEDED = """awk bash cat cmp cp date dirname env grep head ldd ln ls mkdir mktemp mv paste realpath rm sed sleep sort tail tee
            timeout uname uniq xargs""".split()

GPU_BENCH = r"""
[[ $1 != help ]] || exit 2
[[ -z ${HANG:-} || $1 != "$HANG" ]] || { trap "" TERM; echo $$ > "$TMPDIR/hangs"; while true; do sleep 1; done; }
[[ -z ${NO_GPU:-} ]] || { echo "error: CUDA is not available" >&2; exit 1; }
case $1 in
  scan) printf "scan forward, of the copy's bandwidth T=4096 B=64 D=256\t0.95\tx\n"
        printf "scan backward, of the copy's bandwidth T=4096 B=64 D=256\t0.9\tx\n" ;;
  step) for how in "" ", tf32"; do printf "DT step $2 batch $3$how\t0.1\tms\n"; done ;;
  run) printf "$4 DT steps $2 batch $3\t50\ts\n" ;;
esac
"""
TEST_GPU = r"""
case $1 in
  --help) ;;
  --list*) [[ $2 == "[.lost]" ]] && echo "a lost context" || printf '%s\n' "one, two" "a crash" "it's three"; exit 3 ;;
  "a crash") [[ -z ${CRASH:-} ]] || kill -SEGV $$ ;;
esac
echo "ran $1"
"""
SEQRL = r"""
case $1 in
  train) mkdir -p run/checkpoints; echo weights > run/checkpoints/last.safetensors
         [[ -z ${DIFFER:-} ]] || pwd > run/checkpoints/last.safetensors
         echo '{"targets": [{"mode": "stream", "target": 1800, "return_mean": 1700}]}' > run/eval.json
         echo '{"loss": 0.1}' > run/metrics.jsonl ;;
esac
echo "$@"
"""
# The peers' python; the real one runs any other script.
PYTHON = r"""
case $1 in
  -c) [[ $2 == *torch* ]] || exec "$REAL_PYTHON" "$@" ;;
  *dt_step_torch.py) printf "DT step min_gru batch 64\t2\tms\tPyTorch $3\n" ;;
  *scan_torch.py) ;;
  *) exec "$REAL_PYTHON" "$@" ;;
esac
"""
SANITIZER = 'shift 4; exec "$@"\n'
# Creates the programs that it is asked to build.
CMAKE = r"""
case $1 in
  -S) [[ " $* " != *" -DSEQRL_LAYERS=all "* ]] ;;
  --build) mkdir -p "$2/tools/bench/gpu" "$2/tests"; cp "$SPARE/gpu_bench" "$2/tools/bench/gpu"
           cp "$SPARE/test_gpu" "$2/tests" ;;
esac
"""


class Machine:
    """A folder with the only programs that the script finds."""

    def __init__(self, folder, programs):
        self.folder, self.pack, self.out = folder, folder / "pack" / "bin", folder / "report"
        (folder / "path").mkdir()
        self.pack.mkdir(parents=True)
        for name in NEEDED:
            (folder / "path" / name).symlink_to(shutil.which(name))
        for name, text in {"gpu_bench": GPU_BENCH, "test_gpu": TEST_GPU, "seqrl": SEQRL}.items():
            self.add(self.pack / name, text)
        for name, text in programs.items():
            self.add(folder / "path" / name, text)

    @staticmethod
    def add(path, text):
        path.unlink(missing_ok=True)
        path.write_text("#!/bin/bash\n" + text, encoding="utf-8")
        path.chmod(0o755)

    def start(self, *arguments, **environment):
        command = ["bash", ROOT / "tools/bench/gpu.sh", "--programs", "pack", "--out", "report", "--build", "build",
                   *arguments]
        environment |= {"PATH": str(self.folder / "path"), "REAL_PYTHON": sys.executable, "PYTHON": "python3",
                        "TMPDIR": str(self.folder), "SPARE": str(self.folder)}
        return subprocess.Popen(command, env=environment, cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def run(self, *arguments, **environment):
        process = self.start(*arguments, **environment)
        _, self.stderr = process.communicate()
        self.status = process.returncode
        return self

    def read(self, name):
        return (self.out / name).read_text(encoding="utf-8")

    def results(self):
        """{stage: result}"""
        lines = self.read("summary.txt").splitlines()
        return {line[20:].split(":")[0]: line[:11].strip() for line in lines}


PLAIN = {"python3": PYTHON}
WHOLE = PLAIN | {"nvidia-smi": "echo a GPU\n", "compute-sanitizer": SANITIZER}


class GpuScript(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def machine(self, programs):
        return Machine(pathlib.Path(self.folder.name), programs)

    def test_all_is_well(self):
        machine = self.machine(WHOLE).run()
        self.assertEqual(set(machine.results().values()), {"ok"}, machine.read("summary.txt"))
        self.assertEqual(machine.status, 0)
        self.assertLessEqual(len(list(machine.out.iterdir())), 8)
        report = machine.read("report.md")
        self.assertIn("| DT step min_gru batch 64: PyTorch's time, eager | at least 8 × | 20 × | reached |", report)
        self.assertIn("100000 DT steps min_gru batch 64: 60 s over their time | at least 1 × | 1.2 ×", report)
        scan = "of the copy's bandwidth T=4096 B=64 D=256 | at least 0.92 ×"
        self.assertIn(f"scan forward, {scan} | 0.95 × | reached", report)
        self.assertIn(f"scan backward, {scan} | 0.9 × | missed", report)
        self.assertIn("tests: 4 passed, 0 failed", report)
        self.assertIn("sanitizers: 9 passed, 0 failed", report)
        self.assertIn("| two runs on cuda are byte-identical | 1 |", report)
        self.assertIn("| a run on tf32, return in mode stream at target 1800 | 1700 |", report)

    def test_no_torch_no_sanitizer_and_no_nvidia_smi(self):
        without_torch = PYTHON.replace("-c)", "-c) [[ $2 != *torch* ]] || exit 1;")
        machine = self.machine({"python3": without_torch}).run()
        results = machine.results()
        self.assertEqual({name: result for name, result in results.items() if result != "ok"},
                         {"PyTorch with a GPU": "failed", "sanitizers": "skipped"})
        self.assertEqual(machine.status, 1)
        self.assertIn("not measured", machine.read("report.md"))

    def test_one_test_that_crashes_takes_none_along(self):
        machine = self.machine(WHOLE).run(CRASH="1")
        self.assertEqual(machine.results()["tests"], "failed")
        self.assertEqual(machine.results()["compute-sanitizer, racecheck"], "failed")
        self.assertEqual(machine.results()["train on cuda"], "ok")
        self.assertIn("tests: 3 passed, 1 failed\n- a crash (exit status 139)", machine.read("report.md"))
        self.assertEqual(machine.status, 1)

    def test_a_stage_that_hangs_is_ended(self):
        machine = self.machine(WHOLE).run("--longest", "10", HANG="device")
        self.assertEqual(machine.results()["the device's peak rates"], "timed out")
        self.assertEqual(machine.results()["a step of mamba, batch 4096"], "ok")
        self.assertEqual(machine.results()["compute-sanitizer, memcheck"], "ok")
        self.assertEqual(machine.status, 1)

    def test_facts_that_hang_cost_nothing_else(self):
        machine = self.machine(WHOLE | {"nvidia-smi": "while true; do sleep 1; done\n"}).run("--longest", "10")
        self.assertEqual({name for name, result in machine.results().items() if result != "ok"}, {"facts"})

    def test_an_end_from_outside_leaves_what_was_found_and_no_process(self):
        machine = self.machine(WHOLE)
        process = machine.start(HANG="scan")
        hangs = machine.folder / "hangs"
        while not (hangs.exists() and hangs.read_text(encoding="utf-8")) and process.poll() is None:
            time.sleep(0.05)
        process.terminate()
        process.communicate()
        hanging = pathlib.Path("/proc", hangs.read_text(encoding="utf-8").strip())
        for _ in range(200):  # until the process that inherited it has reaped it
            if not hanging.exists():
                break
            time.sleep(0.05)
        self.assertFalse(hanging.exists())
        self.assertIn("the device's peak rates", machine.read("report.md"))

    def test_programs_that_do_not_start_are_built(self):
        machine = self.machine(WHOLE | {"cmake": CMAKE})
        machine.add(machine.folder / "gpu_bench", GPU_BENCH)
        machine.add(machine.folder / "test_gpu", TEST_GPU)
        machine.add(machine.pack / "gpu_bench", "echo GLIBC_2.99 not found >&2; exit 1\n")
        results = machine.run().results()
        self.assertEqual(results[f"build in {machine.folder}/build"], "ok")
        self.assertEqual(results["tests"], "ok")
        self.assertEqual(results["real runs"], "skipped")  # the models alone could be built
        self.assertIn("GLIBC_2.99", machine.read("facts.txt"))

    def test_programs_that_neither_start_nor_build(self):
        machine = self.machine(WHOLE)
        machine.add(machine.pack / "gpu_bench", "kill -ILL $$\n")
        results = machine.run().results()
        self.assertEqual(results[f"build in {machine.folder}/build"], "failed")
        self.assertEqual(results["PyTorch, graph, float32"], "ok")
        self.assertIn("PyTorch graph", machine.read("report.md"))
        self.assertEqual(machine.status, 1)

    def test_no_gpu(self):
        machine = self.machine(PLAIN).run(NO_GPU="1")
        self.assertEqual(machine.results()["find a usable GPU"], "failed")
        self.assertEqual(machine.results()["measurements and tests"], "skipped")
        self.assertIn("CUDA is not available", machine.read("measure.txt"))
        self.assertEqual(machine.status, 1)

    def test_real_tests_are_run_by_their_names(self):
        if not TESTS:
            self.skipTest("no test program given")
        machine = self.machine(WHOLE)
        machine.add(machine.pack / "test_gpu", f"""
            if [[ $1 != --list* ]]; then exec {TESTS} "$@"; fi
            {TESTS} "$@" | grep -E ' capture.*,|^activations in a product' """)
        machine.run()
        self.assertEqual(machine.results()["tests"], "ok", machine.read("tests.txt"))
        self.assertRegex(machine.read("tests.txt"), "passed: .* capture.*,")

    def test_runs_that_differ_are_noticed(self):
        machine = self.machine(WHOLE).run(DIFFER="1")
        self.assertEqual(machine.results()["two runs on cuda are byte-identical"], "failed")

    def test_time_that_is_over(self):
        machine = self.machine(WHOLE).run("--seconds", "1")
        self.assertEqual(set(machine.results().values()), {"skipped"})
        self.assertIn("not measured: 15", machine.read("report.md"))

    def test_no_python(self):
        machine = self.machine({}).run()
        self.assertEqual(machine.results()["tests"], "ok")
        self.assertIn("no report.md", machine.read("summary.txt"))

    def test_wrong_arguments(self):
        for wrong in (["--second", "1"], ["--seconds", "soon"], ["--seconds"]):
            machine = Machine(pathlib.Path(tempfile.mkdtemp(dir=self.folder.name)), PLAIN).run(*wrong)
            self.assertEqual((machine.status, machine.stderr.count("\n")), (2, 1), machine.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
