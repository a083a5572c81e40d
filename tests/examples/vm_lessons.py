"""More of what hangs on functions of the kernel: lessons that this machine's kernel shows by other hooks."""
import re
import subprocess
import sys
import time
import unittest

from connections import ConnectionTest
from skep_cli import DEADLINE


class Lessons(ConnectionTest):

    def test_execve_count(self):
        """By the kprobe, and exactly: nothing else starts here."""
        process = self.start_program("execve-count", 600, until="counting")
        self.assertNotIn("stands in", self.head)
        for _ in range(3):
            subprocess.run(["/bin/true"], check=True)
        deadline = time.monotonic() + DEADLINE
        while b"called 3 times" not in (line := process.stdout.readline()):
            self.assertLess(time.monotonic(), deadline, line)
        self.assert_as_expected("execve-count", line.decode())
        self.assertEqual(process.stdout.readline(), b"execve called 3 times\n")

    def test_function_latency(self):
        """Of a function of the kernel."""
        process = self.start_program("function-latency", "hrtimer_nanosleep", until="watching")
        child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(0.05)"])
        self.assertEqual(child.wait(DEADLINE), 0)
        shown, last = self.end_program(process)
        took = re.findall(rf"^ *{child.pid} .* returned 0 and took (\d+) ns$", shown, re.M)
        self.assertEqual(len(took), 1, shown)
        self.assertTrue(40e6 <= int(took[0]) < 20e9, took)
        self.assertEqual(last, "0 missed")

    def test_tcpstates(self):
        self.check_states(self.show_object("tcpstates"))

    def test_latency(self):
        self.check_latency(self.show_object("tcpconnlat"))

    def test_blocking(self):
        self.check_blocking("^nobody")

    def test_rename_and_route(self):
        self.check_rename_and_route(self.show_object("rename_route"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
