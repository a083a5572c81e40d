"""What is tested of connections on this kernel and, by other hooks, in the virtual machines."""
import pathlib
import re
import socket
import subprocess
import sys

from example import ExampleTest, table
from skep_cli import DEADLINE

LATE = pathlib.Path(__file__).with_name("late_host.py")


def milliseconds(text):
    """Of a duration as skep shows it."""
    number, unit = re.fullmatch(r"([\d.]+)(\D+)", text).groups()
    return float(number) * {"ns": 1e-6, "us": 1e-3, "ms": 1, "s": 1000}[unit]


class ConnectionTest(ExampleTest):

    def check_states(self, process):
        """Both ends of a connection, from state to state without a gap."""
        ends = {}
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.create_server((address, 0), family=family) as server:
                caller = socket.create_connection(server.getsockname()[:2])
                accepted, _ = server.accept()
                ends[family] = (caller.getsockname()[1], server.getsockname()[1])
                caller.close()
                self.assertEqual(accepted.recv(1), b"")
                accepted.close()
        shown = self.end_and_show(process)
        self.assert_as_expected("tcpstates", shown)
        for family, (own, other) in ends.items():
            address = "127.0.0.1" if family == socket.AF_INET else "0000:0000:0000:0000:0000:0000:0000:0001"
            rows = [row for row in table(shown)
                    if {row["source_port"], row["dest_port"]} <= {str(own), str(other), "0"}]
            self.assertEqual({row["source"] for row in rows if row["dest_port"] != "0"}, {address})
            called = self.states(row for row in rows if row["dest_port"] == str(other))
            self.assertEqual(called[:3], ["CLOSE", "SYN_SENT", "ESTABLISHED"])
            self.assertEqual(called[3:5], ["FIN_WAIT1", "FIN_WAIT2"])
            answered = self.states(row for row in rows if row["dest_port"] == str(own))
            self.assertEqual(answered[-4:], ["ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "CLOSE"])

    def states(self, rows):
        """Each begins where the last one ended, after some time."""
        out = []
        for row in rows:
            if out:
                self.assertEqual(row["from"], out[-1])
                self.assertGreater(milliseconds(row["lasted"]), 0)
            else:
                out = [row["from"]]
            out.append(row["to"])
        return out

    def check_latency(self, process):
        """Connections whose answer came 60 ms late."""
        caller = subprocess.Popen(["unshare", "--net", sys.executable, LATE, "60"], stdout=subprocess.PIPE,
                                  text=True)
        ports = caller.communicate(timeout=DEADLINE)[0].split()
        self.assertEqual(caller.returncode, 0)
        shown = self.end_and_show(process)
        self.assert_as_expected("tcpconnlat", shown)
        rows = [row for row in table(shown) if row["dest_port"] == "7078" and row["source_port"] in ports]
        far6 = "fd00:0078:0000:0000:0000:0000:0000:000"
        self.assertEqual([(row["pid"], row["source"], row["source_port"], row["dest"]) for row in rows],
                         [(str(caller.pid), "10.78.0.1", ports[0], "10.78.0.2"),
                          (str(caller.pid), far6 + "1", ports[1], far6 + "2")])
        for row in rows:
            self.assertTrue(60 <= milliseconds(row["latency"]) < 60_000, row)

    def check_blocking(self, expected):
        """127.0.0.9 cannot be reached while the program runs, 127.0.0.1 can; and both afterwards."""
        with socket.create_server(("0.0.0.0", 0)) as server:
            port = server.getsockname()[1]
            process = self.start_program("lsm-connect", "127.0.0.9", until="nobody connects")
            with self.assertRaises(PermissionError):
                socket.create_connection(("127.0.0.9", port))
            socket.create_connection(("127.0.0.1", port)).close()
            shown, _ = self.end_program(process)
            socket.create_connection(("127.0.0.9", port)).close()
        self.assert_as_expected("lsm-connect", shown)
        self.assertEqual([line.split()[2] for line in shown.splitlines() if line.split()[2] == str(port)],
                         [str(port)])
        self.assertRegex(self.head, expected)

    def check_rename_and_route(self, process):
        work = ("import socket\nopen('/proc/self/comm', 'w').write('skep-renamed')\n"
                "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.77', 9))")
        child = subprocess.Popen([sys.executable, "-S", "-c", work])
        self.assertEqual(child.wait(DEADLINE), 0)
        shown = self.end_and_show(process)
        self.assert_as_expected("rename-route", shown)
        own = [row for row in table(shown) if row["pid"] == str(child.pid)]
        names = [(row["old_name"], row["new_name"]) for row in own if "new_name" in row]
        self.assertRegex(names[-1][0], "^python")
        self.assertEqual(names[-1][1], "skep-renamed")
        self.assertIn("127.0.0.77", [row.get("dest") for row in own])
