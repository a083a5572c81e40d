"""The load balancer: a client, the balancer and two back ends, each a host of its own. Sums are not
left to the (virtual) cards, so that a wrong one is seen."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

from example import PROGRAMS, ExampleTest, run
from skep_cli import DEADLINE

VIRTUAL, PORT = "10.78.9.9", 7078
CLIENT = "10.78.0.2"
BACK_ENDS = {"a": "10.78.1.2", "b": "10.78.2.2"}

# ETHTOOL_STXCSUM off; ETHTOOL_SGRO on: without it a veth takes no frames that XDP sends (kernel 5.13).
CARD = """
import array, fcntl, socket, struct
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    for command, value in ((0x17, 0), (0x2c, 1)):
        data = array.array("B", struct.pack("II", command, value))
        fcntl.ioctl(s, 0x8946, struct.pack("16sP", b"eth0", data.buffer_info()[0]))
"""
# Answers each line with its name, until the client has enough.
SERVER = """
import socketserver, sys
class Line(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(f"{sys.argv[2]} {self.client_address[0]}\\n".encode())
class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 256
server = Server(("", int(sys.argv[1])), Line)
print("listening", flush=True)
server.serve_forever()
"""
# Opens all connections, then speaks over each in turns; prints who answered on each, in order.
CALLER = """
import socket, sys
count, options = int(sys.argv[3]), bytes.fromhex(sys.argv[4])
calls = []
for i in range(count):
    s = socket.socket()
    s.settimeout(20)
    if options:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, options)
    s.connect((sys.argv[1], int(sys.argv[2])))
    calls.append((s, s.makefile(), []))
for turn in range(3):
    for s, lines, heard in calls:
        s.sendall(b"who is there\\n")
        heard.append(lines.readline().strip())
for s, lines, heard in calls:
    print(s.getpeername()[0], "|".join(heard))
"""


class Balancer(ExampleTest):

    def setUp(self):
        super().setUp()
        self.hosts = {name: f"skep-test-{os.getpid()}-{name}" for name in ("lb", "client", *BACK_ENDS)}
        for host in self.hosts.values():
            run("ip", "netns", "add", host)
            self.addCleanup(run, "ip", "netns", "delete", host)
        self.inside("lb", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        for i, (name, address) in enumerate({"client": CLIENT, **BACK_ENDS}.items()):
            gateway = address.removesuffix(".2") + ".1"
            run("ip", "-n", self.hosts[name], "link", "add", "eth0", "type", "veth", "peer", "name",
                f"eth{i}", "netns", self.hosts["lb"])
            run("ip", "-n", self.hosts[name], "address", "add", f"{address}/24", "dev", "eth0")
            run("ip", "-n", self.hosts["lb"], "address", "add", f"{gateway}/24", "dev", f"eth{i}")
            self.inside(name, sys.executable, "-c", CARD)
            run("ip", "-n", self.hosts["lb"], "link", "set", f"eth{i}", "up")
            run("ip", "-n", self.hosts[name], "link", "set", "eth0", "up")
            run("ip", "-n", self.hosts[name], "route", "add", "default", "via", gateway)
        for name in BACK_ENDS:
            server = self.begin(["ip", "netns", "exec", self.hosts[name], sys.executable, "-c", SERVER, PORT, name])
            self.assertEqual(server.stdout.readline(), "listening\n")

    def inside(self, name, *command):
        return run("ip", "netns", "exec", self.hosts[name], *command)

    def begin(self, command):
        process = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    def balance(self, *back_ends):
        process = self.begin([PROGRAMS / "xdp-lb", VIRTUAL, PORT, ",".join(back_ends),
                              f"netns:{self.hosts['lb']}/eth*"])
        self.assert_as_expected("xdp-lb", process.stderr.readline())
        return process

    def call(self, count, options=""):
        """Who answered on each connection: one name each."""
        rows = [line.split(" ", 1) for line in
                self.inside("client", sys.executable, "-c", CALLER, VIRTUAL, PORT, count, options).splitlines()]
        self.assertEqual(len(rows), count)
        servers = []
        for peer, heard in rows:
            self.assertEqual(peer, VIRTUAL)
            answers = heard.split("|")
            self.assertEqual(answers, [answers[0]] * 3)
            name, client = answers[0].split()
            self.assertEqual(client, CLIENT)
            servers.append(name)
        return servers

    def counted(self, name, protocol, counter):
        """By the host's network stack."""
        text = self.inside(name, "cat", "/proc/net/snmp", "/proc/net/netstat")
        names, values = re.findall(rf"^{protocol}: (.*)$", text, re.M)
        return int(values.split()[names.split().index(counter)])

    def wrong_sums(self):
        """Segments of TCP, and packets of IP, that came with a bad one."""
        return sum(self.counted(name, protocol, "InCsumErrors")
                   for name in ("client", *BACK_ENDS) for protocol in ("Tcp", "IpExt"))

    def test_balances(self):
        process = self.balance(*BACK_ENDS.values())
        servers = self.call(200)
        self.assertGreater(min(servers.count(name) for name in BACK_ENDS), 50, servers)
        # An IP header of 24 bytes: three times "no operation", and the end of the list.
        self.assertEqual(len(self.call(4, options="01010100")), 4)
        # The balancer is a hop of its own.
        self.inside("client", "sysctl", "-qw", "net.ipv4.ip_default_ttl=2")
        self.assertEqual(len(self.call(1)), 1)
        self.assertEqual(self.wrong_sums(), 0)
        # Thousands of segments, and next to none went the long way through the balancer's own stack.
        self.assertGreater(self.counted("client", "Tcp", "OutSegs"), 800)
        self.assertLess(self.counted("lb", "Ip", "ForwDatagrams"), 100)
        process.send_signal(2)
        self.assertEqual(process.wait(DEADLINE), 0, process.stderr.read())


if __name__ == "__main__":
    unittest.main(verbosity=2)
