"""The network examples on two hosts of the test's own: network namespaces with a cable between."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

from example import PROGRAMS, ExampleTest, run, source, table
from skep_cli import DEADLINE, OBJECTS, SKEP

NEAR, OTHER_NEAR, FAR = "10.77.0.1", "10.77.0.3", "10.77.0.2"
PORT = 7077


class Hosts(ExampleTest):
    """`near` and `far`; programs hang on the far end of the cable."""

    def setUp(self):
        super().setUp()
        self.near, self.far = (f"skep-test-{os.getpid()}-{side}" for side in ("near", "far"))
        self.iface = f"netns:{self.far}/eth0"
        for host in (self.near, self.far):
            run("ip", "netns", "add", host)
            self.addCleanup(run, "ip", "netns", "delete", host)
            run("ip", "-n", host, "link", "set", "lo", "up")
        run("ip", "-n", self.near, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0",
            "netns", self.far)
        for host, addresses in ((self.near, (NEAR, OTHER_NEAR)), (self.far, (FAR,))):
            for address in addresses:
                run("ip", "-n", host, "address", "add", f"{address}/24", "dev", "eth0")
            run("ip", "-n", host, "link", "set", "eth0", "up")
        self.assertTrue(any(self.ping() for _ in range(15)), "the hosts do not see each other")

    def ping(self, count=1, source=NEAR, wait=2):
        """Whether all answers came."""
        done = subprocess.run(["ip", "netns", "exec", self.near, "ping", "-q", "-i", "0.2", "-c", str(count),
                               "-W", str(wait), "-I", source, FAR],
                              capture_output=True, text=True, timeout=DEADLINE)
        return done.returncode == 0 and f" {count} received" in done.stdout

    def connect(self):
        """Opens a TCP connection from near to far and says one word over it."""
        listener = self.python(self.far, f"""
            import socket
            s = socket.create_server(("{FAR}", {PORT}))
            print("listening", flush=True)
            c, _ = s.accept()
            print(c.recv(9).decode(), flush=True)""")
        self.assertEqual(listener.stdout.readline(), "listening\n")
        caller = self.python(self.near, f"""
            import socket
            socket.create_connection(("{FAR}", {PORT}), timeout=20).sendall(b"hello")""")
        heard = listener.communicate(timeout=DEADLINE)[0]
        caller.communicate(timeout=DEADLINE)
        self.assertEqual(heard, "hello\n")

    def python(self, host, text):
        lines = text.strip("\n").splitlines()
        indent = len(lines[0]) - len(lines[0].lstrip())
        process = subprocess.Popen(
            ["ip", "netns", "exec", host, sys.executable, "-c", "\n".join(line[indent:] for line in lines)],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end_quietly, process)
        return process

    def end_quietly(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def test_classic_filter(self):
        """The far host must ask who the near one is (ARP) before it answers the first ping."""
        process = subprocess.Popen(["ip", "netns", "exec", self.far, PROGRAMS / "classic-filter", "eth0", "4"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end_quietly, process)
        self.assertEqual(process.stderr.readline(), "listening\n")
        for host in (self.near, self.far):
            run("ip", "-n", host, "neighbour", "flush", "dev", "eth0")
        self.assertTrue(self.ping(2))
        out, errors = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 0, errors)
        self.assert_as_expected("classic-filter", out)
        self.assertEqual(len(re.findall("^EtherType 0800,", out, re.M)), 4, out)

    def test_xdp_count(self):
        process = self.start_program("xdp-count", self.iface, until="counting")
        self.assertTrue(self.ping(5))
        # An interface takes one program, and who has it is said.
        second = self.skep("run", source("xdp_count"), "--iface", self.iface)
        self.fails(second, 1, "busy",
                   "An interface takes one XDP program: link .* holds it with program .*'count'")
        shown, _ = self.end_program(process)
        self.assert_as_expected("xdp-count", shown)
        counts = [int(line.split()[1]) for line in shown.splitlines()]
        self.assertGreaterEqual(counts[-1], 5)
        self.assertEqual(counts, sorted(counts))
        self.assertTrue(self.ping())

    def test_xdp_sources(self):
        process = self.run_example("xdp_sources", "--iface", self.iface)
        self.assertTrue(self.ping(3) and self.ping(4, source=OTHER_NEAR))
        self.assertEqual(self.sources(process), {NEAR: 3, OTHER_NEAR: 4})
        # Of more than there is room for, some are forgotten; what is not IPv4 is not counted.
        self.send_frames(0x0800, [f"10.88.0.{last}" for last in range(1, 41)])
        self.send_frames(0x88B5, ["10.99.0.1"])
        counts = self.sources(process)
        self.assertLessEqual(len(counts), 16)
        self.assertEqual(counts["10.88.0.40"], 1)
        self.assertNotIn("10.99.0.1", counts)
        self.end_and_read(process)

    def sources(self, process):
        return {socket.inet_ntoa(int(key).to_bytes(4, sys.byteorder)): count
                for key, count in self.values(process, "sources").items()}

    def send_frames(self, protocol, sources):
        """From near to everybody: what looks like the head of IPv4 behind an Ethernet header."""
        sender = self.python(self.near, f"""
            import socket
            s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
            for source in {sources}:
                head = b"\\x45" + bytes(11) + socket.inet_aton(source) + socket.inet_aton("{FAR}")
                s.sendto(head, ("eth0", {protocol}, 0, 0, b"\\xff" * 6))""")
        sender.communicate(timeout=DEADLINE)
        self.assertEqual(sender.returncode, 0)

    def test_sources_of_the_library(self):
        """The front example: typed maps of a generated header, a pin, and another program that reads it."""
        pins = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, pins)
        run("mount", "-t", "bpf", "bpf", pins)
        self.addCleanup(run, "umount", pins)
        pin = pathlib.Path(pins, "sources")
        process = subprocess.Popen([PROGRAMS / "xdp-sources", self.iface, pin], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end_quietly, process)
        self.assertIn("counting", process.stderr.readline())
        self.assertTrue(self.ping(3) and self.ping(5, source=OTHER_NEAR))
        said = subprocess.run([PROGRAMS / "xdp-sources-read", pin], capture_output=True, text=True)
        self.assertEqual(dict(line.split() for line in said.stdout.splitlines()), {NEAR: "3", OTHER_NEAR: "5"})
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 0, errors)
        self.assert_as_expected("xdp-sources", out)
        self.assertEqual([line.split() for line in out.splitlines()], [[OTHER_NEAR, "5"], [NEAR, "3"]])
        # It is over, and its map is not.
        self.assertTrue(self.ping(2))
        again = subprocess.run([PROGRAMS / "xdp-sources-read", pin], capture_output=True, text=True)
        self.assertEqual(again.stdout, said.stdout)

    def test_xdp_ping(self):
        process = self.show_example("xdp_ping", "--iface", f"netns:{self.far}/lo")
        run("ip", "netns", "exec", self.far, "ping", "-q", "-c", "1", "127.0.0.1")
        self.assert_as_expected("xdp-ping", self.end_and_show(process))
        process = self.run_example("xdp_ping", "--iface", self.iface)
        self.assertTrue(self.ping(3))
        self.assertEqual([row["text"] for row in self.end_and_read(process)], ["Hello ping"] * 3)
        process = self.run_example("xdp_ping", "--iface", self.iface, "--drop-pings")
        self.assertFalse(self.ping())
        self.connect()
        self.assertEqual({row["text"] for row in self.end_and_read(process)}, {"Hello ping"})
        self.assertTrue(self.ping())

    def test_xdp_ports(self):
        process = self.show_example("xdp_ports", "--iface", self.iface)
        self.connect()
        shown = self.end_and_show(process)
        self.assert_as_expected("xdp-ports", shown)
        rows = table(shown)
        self.assertEqual({row["dest_port"] for row in rows}, {str(PORT)})
        self.assertEqual([row["syn"] for row in rows].count("1"), 1)

    def test_tc_addresses(self):
        process = self.show_example("tc_addresses", "--iface", self.iface)
        self.assertTrue(self.ping() and self.ping(source=OTHER_NEAR))
        shown = self.end_and_show(process)
        self.assert_as_expected("tc-addresses", shown)
        self.assertEqual(len(table(shown)), 2)

    def test_tc_observe(self):
        process = self.show_example("tc_observe", "--iface", self.iface)
        self.assertTrue(self.ping(3))
        shown = self.end_and_show(process)
        self.assert_as_expected("tc-observe", shown)
        pings = [(row["direction"], row["length"]) for row in table(shown) if row["protocol"] == str(0x0800)]
        self.assertEqual(sorted(pings), [("egress", "98")] * 3 + [("ingress", "98")] * 3)
        left = json.loads(run("ip", "netns", "exec", self.far, "bpftool", "-j", "net", "list"))
        self.assertEqual(left[0]["tc"], [])

    def test_tc_drop(self):
        process = self.run_example("tc_drop", "--iface", self.iface)
        self.assertFalse(self.ping())
        self.end_and_read(process)
        process = self.show_example("tc_drop", "--iface", self.iface, "--only-pings")
        self.assertFalse(self.ping())
        self.connect()
        shown = self.end_and_show(process)
        self.assert_as_expected("tc-drop", shown)
        self.assertEqual({row["text"] for row in table(shown)}, {f"echo request to {FAR}"})
        self.assertTrue(self.ping())

    def test_tc_pingpong(self):
        run("ip", "netns", "exec", self.far, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all")
        self.assertFalse(self.ping())
        process = self.show_example("tc_pingpong", "--iface", self.iface)
        self.assertTrue(self.ping(3))
        shown = self.end_and_show(process)
        self.assert_as_expected("tc-pingpong", shown)
        self.assertEqual([row["text"] for row in table(shown)], ["echo request answered"] * 3)
        self.assertFalse(self.ping())


class Sockets(ExampleTest):

    def test_socket_filter(self):
        """One end of a pair of sockets, which skep is given as a descriptor."""
        ours, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with ours, other:
            process = self.start("run", source("socket_filter"), "--socket", ours.fileno(),
                                 pass_fds=[ours.fileno()])
            other.send(b"hello")
            self.assertEqual(ours.recv(99), b"hello")
            shown = self.end_and_show(process)
            self.assert_as_expected("socket-filter", shown)
            self.assertEqual(table(shown), [{"length": "5", "text": "new packet received"}])
            other.send(b"unseen")
            self.assertEqual(ours.recv(99), b"unseen")


class Group(ExampleTest):
    """In a control group of the test's own."""

    def setUp(self):
        super().setUp()
        mounts = pathlib.Path("/proc/mounts").read_text()
        root = re.search(r"^\S+ (\S+) cgroup2 ", mounts, re.M)
        self.assertTrue(root, "cgroup2 is not mounted")
        self.root = root[1]
        self.group = pathlib.Path(self.root) / f"skep-test-{os.getpid()}"
        self.group.mkdir()
        self.addCleanup(self.group.rmdir)

    def in_group(self, text):
        """Runs Python as a member; its output."""
        join = f"open('{self.group}/cgroup.procs', 'w').write('0')\n"
        return run(sys.executable, "-c", join + text)

    def test_cgroup_egress(self):
        process = self.start_program("cgroup-egress", self.group, until="counting")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.bind(("127.0.0.1", 0))
            port = receiver.getsockname()[1]
            self.in_group("import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                          f"for i in range(5): s.sendto(b'x', ('127.0.0.1', {port}))")
            for _ in range(5):
                self.assertEqual(receiver.recv(9, socket.MSG_DONTWAIT), b"x")
        shown, _ = self.end_program(process)
        self.assert_as_expected("cgroup-egress", shown)

    def test_sockops(self):
        process = self.show_example("sockops", "--cgroup", self.group)
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            self.in_group(f"import socket\nsocket.create_connection(('127.0.0.1', {port})).close()")
            shown = self.end_and_show(process)
        self.assert_as_expected("sockops", shown)
        seen = [row["operation"] for row in table(shown) if row["remote_port"] == str(port)]
        self.assertIn("connect", seen)
        self.assertIn("active_established", seen)
        self.assertLess(seen.index("connect"), seen.index("active_established"))
        self.assertIn("state", seen[seen.index("active_established"):])

    def test_no_groups(self):
        """Where their file system is not mounted, that is what is said."""
        done = subprocess.run(["unshare", "--mount", "sh", "-c", 'umount --lazy "$0" && exec "$@"', self.root,
                               SKEP, "run", OBJECTS / "sockops.bpf.o"], capture_output=True, text=True,
                              timeout=DEADLINE)
        self.fails(done, 1, "no cgroup hierarchy of version 2 is mounted", "mount -t cgroup2")


if __name__ == "__main__":
    unittest.main(verbosity=2)
