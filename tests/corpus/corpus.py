"""Programs of the kernel's side as other people write them: each *.bpf.c here is run by `skep run` with
no option, while a process starts and ends, and what skep shows of that process is what stands in
*.rows: lines of JSON, with PID, PARENT and COMM where its own stand. SKEP_UPDATE_GOLDEN=1 writes them.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import socket
import subprocess
import unittest

from skep_cli import DEADLINE, SkepTest

HERE = pathlib.Path(__file__).resolve().parent


class Corpus(SkepTest):

    def test_each_shows_its_rows(self):
        programs = [HERE / f"{path.stem}.bpf.c" for path in sorted(HERE.glob("*.rows"))]
        self.skep("plan", programs[0])  # makes vmlinux.h, which the others share
        # The kernel takes 64 programs at one tracepoint, other people's and other tests' among them.
        for some in (programs[0::3], programs[1::3], programs[2::3]):
            self.run_together(some)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            silent = dict(zip(programs, pool.map(self.silent, programs)))
        self.assertFalse({program.name: names for program, names in silent.items() if names})

    def run_together(self, programs):
        """They wait for one another's compiler, not for one another's events."""
        # Into files: a pipe that nobody reads is full after some hundred other processes.
        outputs = {program: self.work / f"{program.stem}.out" for program in programs}
        running = {}
        for program, path in outputs.items():
            with path.open("w") as file:
                running[program] = self.start("run", program, "-o", "json", stdout=file)
        comm = f"corpus{os.getpid()}"
        if not (self.work / comm).is_symlink():
            (self.work / comm).symlink_to("/bin/true")
        child = subprocess.Popen([self.work / comm])
        child.wait()
        self.words = {child.pid: "PID", os.getpid(): "PARENT", comm: "COMM", str(self.work / comm): "PATH"}
        for program, process in running.items():
            with self.subTest(program.name):
                code, _, errors = self.interrupt(process)
                self.assertEqual(code, 0, errors)
                self.compare(program, self.rows(outputs[program].read_text()), errors)

    def named(self, value):
        """The same with words for what is another each time."""
        if isinstance(value, dict):
            is_printed = {"time", "cpu", "pid", "comm", "text"} == value.keys()
            return {key: self.named(member) for key, member in value.items()
                    if not is_printed or key not in ("time", "cpu")}
        if isinstance(value, str) and value not in self.words:
            return re.sub(r"\d+", lambda number: self.words.get(int(number[0]), number[0]), value)
        if isinstance(value, list):
            return [self.named(element) for element in value]
        return self.words.get(value, value)

    def compare(self, program, rows, errors):
        """Those that name the process."""
        every = rows = [self.named(row) for row in rows]
        rows = [row for row in rows if '"PID"' in json.dumps(row)]
        golden = program.with_name(program.name.replace(".bpf.c", ".rows"))
        if "SKEP_UPDATE_GOLDEN" in os.environ:
            golden.write_text("".join(json.dumps(row) + "\n" for row in rows))
        self.assertEqual(rows, [json.loads(line) for line in golden.read_text().splitlines()],
                         f"{errors}of {len(every)} rows: {every[:3]}")
        self.assertTrue(rows, "no row at all")

    def silent(self, path):
        """Of the maps and programs that a source declares, those that stand nowhere in its plan."""
        source = re.sub(r"//.*", "", path.read_text())
        declared = set(re.findall(r"} (\w+) SEC\(\"\.maps\"\)", source))
        declared |= set(re.findall(r"SEC\(\"(?!\.maps|license)[^\"]+\"\)\s+int (?:BPF_[A-Z]+\()?(\w+)", source))
        return declared - set(re.findall(r"[\w.]+", self.skep("plan", path).stdout))

    def test_globals(self):
        process = self.start("run", HERE / "globals.bpf.c", "-o", "json", "--every", "200ms")
        subprocess.run(["/bin/true"], check=True)
        rows = []
        while sum(row["_map"] == ".bss" and row["execs"] > 0 for row in rows) < 3:
            rows.append(json.loads(process.stdout.readline()))
        code, out, _ = self.interrupt(process)
        self.assertEqual(code, 0)
        rows += [json.loads(line) for line in out.splitlines()]
        counts = [row["execs"] for row in rows if row["_map"] == ".bss"]
        self.assertEqual(counts, sorted(counts))
        self.assertGreater(counts[-1], 0)
        self.assertGreater(len(counts), 2)
        self.assertEqual([row["lowest"] for row in rows if row["_map"] == ".data"], [-7] * len(counts))
        self.assertEqual([row["last"]["bits"] for row in rows if row["_map"] == ".bss"][-1], 9)

    def test_a_map_as_a_table(self):
        process = self.start("run", HERE / "map_percpu.bpf.c")
        child = subprocess.Popen(["/bin/true"])
        child.wait()
        code, out, _ = self.interrupt(process)
        self.assertEqual(code, 0)
        lines = out.splitlines()
        self.assertEqual(lines[:2], ["", "starts:"])
        self.assertRegex(lines[2], r"^ *KEY VALUE *$")
        self.assertIn([str(child.pid), "[1,10]"], [line.split() for line in lines[3:]])

    def test_slots_are_a_histogram(self):
        """A process of a name of its own writes 3 times 100 bytes, and once 5000: by powers of two, and by the steps
        that an author chose."""
        comm = f"hist{os.getpid()}"
        (self.work / comm).symlink_to("/bin/dd")
        linear = self.start("run", HERE / "hist_linear.bpf.c", "--where", f'comm == "{comm}"')
        process = self.start("run", HERE / "hist_slots.bpf.c")
        for size, count in ((100, 3), (5000, 1)):
            subprocess.run([self.work / comm, "if=/dev/zero", "of=/dev/null", f"bs={size}", f"count={count}",
                            "status=none"], check=True)
        code, out, errors = self.interrupt(process)
        self.assertEqual(code, 0, errors)
        mine = out[out.index(comm):].splitlines()[1:]
        self.assertRegex(mine[0], r"^  VALUE +COUNT$")
        rows = [line.split() for line in mine[1:8]]
        self.assertEqual([row[:4] for row in rows if row[3] != "0"],
                         [["64", "..", "127", "3"], ["4K", "..", "<8K", "1"]])
        bars = [row[4] for row in rows if row[3] != "0"]
        self.assertEqual([set(bar) for bar in bars], [{"#"}, {"#"}])
        self.assertGreater(len(bars[0]), 2 * len(bars[1]))
        code, out, errors = self.interrupt(linear)
        self.assertEqual(code, 0, errors)
        lines = [line.split() for line in out[out.index("writes:"):].splitlines()]
        self.assertEqual(lines[1:4], [["COMM", "LARGEST", "CALLS(writes)"], [comm, "4.8K", "4"],
                                      ["VALUE", "(bytes)", "COUNT"]])
        self.assertEqual([line[:-1] for line in lines[4:14] if "#" in line[-1]],
                         [["0", "..", "511", "3"], ["4608", "..", "1"]])

    def test_a_type_that_is_named_is_taken(self):
        process = self.start("run", HERE / "reserve.bpf.c", "-o", "json", "--type", "rb=event")
        self.interrupt(process)
        for option, code, words in (("events=event", 1, "no ring or perf buffer has that name"),
                                    ("rb=nothing", 1, "the object has no such type"),
                                    ("rb", 2, "it takes MAP=TYPE")):
            with self.subTest(option):
                done = self.skep("run", HERE / "reserve.bpf.c", "--type", option)
                self.assertEqual(done.returncode, code)
                self.assertIn(words, done.stderr)

    def test_an_iterator_prints_and_ends(self):
        done = self.skep("run", HERE / "iter_task.bpf.c", "-o", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [row["text"].split() for row in self.rows(done.stdout)]
        self.assertEqual(lines[0], ["tgid", "pid", "comm"])
        comm = pathlib.Path("/proc/self/comm").read_text().strip()
        self.assertIn([str(os.getpid()), str(os.getpid()), *comm.split()], lines)

    def test_a_probe_of_an_author(self):
        process = self.start("run", HERE / "usdt.bpf.c", "-o", "json")
        child = subprocess.Popen(["/usr/bin/python3", "-c", "import gc; gc.disable(); gc.collect(1)"])
        child.wait()
        code, out, errors = self.interrupt(process)
        self.assertEqual(code, 0, errors)
        self.assertIn({"pid": child.pid, "generation": 1}, self.rows(out))

    def test_what_a_control_group_sends(self):
        """Packets by port, and connections with both ends; where nobody says a group, it is the root of all."""
        packets = self.start("run", HERE / "cgroup_counters.bpf.c", "-o", "json")
        connections = self.start("run", HERE / "sockops_events.bpf.c", "-o", "json")
        with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.create_server(("127.0.0.1", 0)) as server:
            udp.bind(("127.0.0.1", 0))
            port = udp.getsockname()[1]
            for size in (10, 20):
                udp.sendto(bytes(size), ("127.0.0.1", port))
            with socket.create_connection(server.getsockname()) as client, server.accept()[0]:
                mine, theirs = client.getsockname()[1], server.getsockname()[1]
        code, out, errors = self.interrupt(packets)
        self.assertEqual(code, 0, errors)
        sent = next(row for row in self.rows(out) if row["key"]["dport"] == port)
        self.assertEqual((sent["value"]["packets"], sent["value"]["bytes"]), (2, 10 + 20 + 2 * 28))
        code, out, errors = self.interrupt(connections)
        self.assertEqual(code, 0, errors)
        ends = {"family": "AF_INET", "saddr": "127.0.0.1", "daddr": "127.0.0.1"}
        rows = self.rows(out)
        self.assertIn({"side": "ACTIVE", **ends, "sport": mine, "dport": theirs}, rows)
        self.assertIn({"side": "PASSIVE", **ends, "sport": theirs, "dport": mine}, rows)

    def test_what_this_kernel_need_not_have_is_planned(self):
        done = self.skep("plan", HERE / "ksyscall.bpf.c", "-o", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertEqual([program["section"] for program in json.loads(done.stdout)["programs"]],
                         ["ksyscall/mmap", "kretsyscall/mmap"])

    def test_maps_of_the_old_form_are_refused(self):
        self.fails(self.skep("run", HERE / "map_def.bpf.c"), 1, r"old form \(struct bpf_map_def\)",
                   "libbpf 1.0 refuses them, too", r'SEC\("\.maps"\)')

    def test_maps_beside_records_are_shown_if_asked_for(self):
        source = HERE / "map_hash.bpf.c"
        done = self.skep("run", source, "--show", "nothing")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--show nothing: there is no such map", done.stderr)
        self.assertIn("It has programs.", done.stderr)


if __name__ == "__main__":
    unittest.main()
