"""Stacks in programs as other people write them: stack_*.bpf.c are run by `skep run` with no option but
a target, while worker.cc runs, whose functions are known. What a row has, and which functions of the
worker stand in its stacks, is in *.stacks. SKEP_UPDATE_GOLDEN=1 writes them.
"""
import json
import os
import pathlib
import pty
import subprocess
import threading
import time
import unittest

from skep_cli import DEADLINE, SKEP, SkepTest

LIFETIME = "3600"  # of a worker, in seconds: its end comes earlier

HERE = pathlib.Path(__file__).resolve().parent
TURN, OUTER = "work::Engine::turn(int)", "work::outer<work::Engine>(work::Engine&, int)"


def members(value, prefix=""):
    """The names of a row's members, those of structs as path."""
    if not isinstance(value, dict):
        return [prefix]
    return [name for key, member in value.items() for name in members(member, f"{prefix}.{key}" if prefix else key)]


class Stacks(SkepTest):

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(__import__("tempfile").TemporaryDirectory())
        cls.folder = pathlib.Path(folder)
        cls.worker = cls.folder / "worker"
        subprocess.run(["g++", "-std=c++17", "-O1", "-g", "-fno-omit-frame-pointer", "-static", "-Werror", "-o",
                        cls.worker, HERE / "worker.cc"], check=True)

    def at_work(self, *arguments, command=None):
        process = subprocess.Popen([*(command or [self.worker]), LIFETIME, *arguments], stdin=subprocess.PIPE)
        self.addCleanup(self.stop, process)
        return process

    def let_work(self, process, seconds):
        """Until it has had a CPU for so long from now on, of which it takes a tenth: that is what samples are taken of."""
        def worked():
            with open(f"/proc/{process.pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        wanted, deadline = worked() + seconds, time.monotonic() + DEADLINE
        while worked() < wanted:
            self.assertLess(time.monotonic(), deadline, "the worker gets no CPU")
            time.sleep(0.05)

    def stop(self, process):
        process.kill()
        process.stdin.close()
        process.wait()

    def setUp(self):
        super().setUp()
        self.cache = self.folder / "cache"  # vmlinux.h is made once
        self.env["XDG_CACHE_HOME"] = str(self.cache)

    def functions(self, stack, module):
        """Those of the worker, innermost first, to main: what stands outside of it is the C library's."""
        names = [frame.get("function", "?") for frame in stack or [] if frame.get("module") == str(module)]
        return names[:names.index("main") + 1] if "main" in names else names

    def test_each_names_the_functions(self):
        programs = {"profile": "work::Engine::burn(int)", "offcpu": "enter_kernel", "by_value": "enter_kernel",
                    "perf": "enter_kernel", "leak": "make_block", "build_id": "enter_kernel", "frames": "enter_kernel",
                    "percpu": "enter_kernel", "count": None}
        worker = self.at_work()
        # Who looks at all processes finds skep as well, whose symbols are many where it has sanitizers.
        wanted = {"leak": ["--attach", f"alloc_enter=uprobe:{self.worker}:make_block", "--pid", worker.pid],
                  "profile": ["--pid", worker.pid], "offcpu": ["--targ-tgid", worker.pid]}
        running = {}
        for name in programs:
            options = wanted.get(name, [])
            running[name] = self.start("run", HERE / f"stack_{name}.bpf.c", "-o", "json", *options)
        self.let_work(worker, 0.12)
        outputs = {name: self.interrupt(process) for name, process in running.items()}
        for name, first in programs.items():
            with self.subTest(name):
                code, out, errors = outputs[name]
                self.assertEqual(code, 0, errors)
                self.compare(name, [json.loads(line) for line in out.splitlines()], first)

    def compare(self, program, rows, first):
        found, kernel = set(), set()
        for row in rows:
            if row.get("_map") == "start":
                continue  # who is away just now
            stacks = {key: value for key, value in row.items() if "stack" in key and not key.endswith("_error")}
            kernel |= {frame.get("function") for stack in stacks.values() for frame in stack or [] if "module" not in frame}
            of_worker = {key: self.functions(stack, self.worker) for key, stack in stacks.items()}
            mine = [names for names in of_worker.values() if first and names[:1] == [first]]
            if mine:
                self.check_line(next(frame for stack in stacks.values() for frame in stack or [] if frame.get("function") == OUTER))
            if mine or (first is None and stacks):
                named = sorted({name for name in members(row) if not name.endswith("_error")})
                found.add(json.dumps({"row": named, "worker": mine[0] if mine else []}))
        golden = HERE / f"stack_{program}.stacks"
        if "SKEP_UPDATE_GOLDEN" in os.environ:
            golden.write_text("".join(line + "\n" for line in sorted(found)))
        self.assertEqual(sorted(found), golden.read_text().splitlines())
        if program not in ("leak", "profile", "build_id", "frames", "percpu"):
            self.assertTrue(kernel & {"do_syscall_64", "el0_svc"}, kernel)

    def check_line(self, frame):
        lines = (HERE / "worker.cc").read_text().splitlines()
        self.assertEqual(frame["file"], str(HERE / "worker.cc"))
        self.assertIn("engine.turn(times)", lines[frame["line"] - 1])

    def first_row(self, worker, *options):
        """Of the worker, by value."""
        process = self.start("run", HERE / "stack_by_value.bpf.c", "-o", "json", *options)
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            row = json.loads(process.stdout.readline())
            if row["pid"] == worker.pid:
                yield row
        self.fail("no such row in time")

    def test_a_binary_that_only_its_process_sees(self):
        inner = f"mount -t tmpfs skep {self.folder} && cp /proc/self/fd/9 {self.folder}/inside && exec chroot {self.folder} /inside $0"
        (self.folder / "empty").mkdir(exist_ok=True)
        with open(self.worker, "rb") as binary:
            os.dup2(binary.fileno(), 9, inheritable=True)
            process = subprocess.Popen(["unshare", "-m", "sh", "-ec", inner, LIFETIME], stdin=subprocess.PIPE, pass_fds=[9])
            os.close(9)
        self.addCleanup(self.stop, process)
        row = next(self.first_row(process))
        self.assertEqual(self.functions(row["ustack"], self.folder / "inside"), ["enter_kernel", TURN, OUTER, "main"], row)
        self.assertFalse(pathlib.Path("/inside").exists() or (self.folder / "inside").exists())

    def test_code_compiled_just_in_time(self):
        worker = self.at_work("jit")
        self.addCleanup(pathlib.Path(f"/tmp/perf-{worker.pid}.map").unlink, missing_ok=True)
        for row in self.first_row(worker):
            if row["ustack"][0].get("function") == "interpreted:loop":
                self.assertEqual(row["ustack"][0]["module"], "[jit]")
                self.assertIn("main", self.functions(row["ustack"], self.worker))
                return

    def test_folded_and_a_process_that_has_ended(self):
        process = self.start("run", HERE / "stack_profile.bpf.c", "-o", "folded")
        worker = self.at_work()
        self.let_work(worker, 0.12)
        self.stop(worker)
        code, out, errors = self.interrupt(process)
        self.assertEqual(code, 0, errors)
        self.assertRegex(out, r"(?m)^worker;.*main;work::outer<work::Engine>\(work::Engine&, int\);"
                              r"work::Engine::turn\(int\);work::Engine::burn\(int\) \d+$")

    def test_as_a_tree_below_the_row(self):
        worker = self.at_work()
        process = self.start("run", HERE / "stack_perf.bpf.c")
        self.let_work(worker, 0.05)
        code, out, errors = self.interrupt(process)
        self.assertEqual(code, 0, errors)
        self.assertEqual(out.splitlines()[0].split(), ["PID_TGID", "COMM"])
        self.assertRegex(out, r"worker\n    kstack:\n      \w+\+0x")
        self.assertRegex(out, r"    ustack:\n      enter_kernel\+0x\w+ \(\S+/worker\) worker.cc:\d+\n      work::Engine::turn")
        self.assertIsNone(worker.poll())

    def test_the_plan_says_what_a_stack_is(self):
        for program, map_name, name, found_by in (("count", "counts", "stack", "what the instructions put there"),
                                                  ("leak", "combined_allocs", "stack", "what the instructions put there"),
                                                  ("profile", "counts", "kern_stack", "what the instructions put there")):
            with self.subTest(program):
                plan = json.loads(self.skep("plan", HERE / f"stack_{program}.bpf.c", "-o", "json").stdout)
                stack = next(table for table in plan["tables"] if table["map"] == map_name)["stacks"][0]
                self.assertEqual((stack["name"], stack["found_by"]), (name, found_by))
                self.assertEqual([note for note in plan["notes"] if "stack" in note], [])

    def test_by_build_id(self):
        """What the kernel gives is a file's build id and a place in it."""
        worker = self.at_work()
        process = self.start("run", HERE / "stack_frames.bpf.c", "-o", "json", "--where", f"pid == {worker.pid}", "--count", "1")
        row = json.loads(process.communicate(timeout=DEADLINE)[0])
        frame = row["user_stack"][0]
        self.assertEqual((frame["function"], frame["module"]), ("enter_kernel", str(self.worker)))
        notes = subprocess.run(["readelf", "-n", self.worker], capture_output=True, text=True, check=True).stdout
        self.assertIn(frame["build_id"], notes)
        self.assertNotIn("address", frame)
        self.assertGreater(int(frame["file_offset"], 16), 0)

    def test_a_terminal_sees_what_takes_time(self):
        self.at_work()
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        process = subprocess.Popen([SKEP, "run", HERE / "stack_perf.bpf.c", "--count", "1", "--where", 'comm == "worker"'],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=slave, env=self.env)
        os.close(slave)
        reader = threading.Thread(target=process.communicate)
        reader.start()
        shown = b""
        try:
            while chunk := os.read(master, 65536):
                shown += chunk
        except OSError:  # EIO: the other end is closed
            pass
        reader.join()
        self.assertIn("read the names of the kernel's functions …\r", shown.decode())
        self.assertIn("\r\x1b[Kskep: read the symbols of /", shown.decode())

    def test_nothing_to_fold(self):
        done = self.skep("run", HERE / "map_hash.bpf.c", "-o", "folded")
        self.fails(done, 2, "has no rows with stacks")


if __name__ == "__main__":
    unittest.main()
