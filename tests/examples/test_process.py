"""The examples about processes that this kernel can run."""
import json
import os
import pty
import unittest

from example import ExampleTest


class Processes(ExampleTest):

    def test_page_alloc(self):
        process = self.run_example("process/page_alloc")
        before = self.total(process)
        block = bytearray(16 << 20)  # touched, page by page or in large ones
        self.assertGreater(self.total(process), before)
        del block
        self.end_and_read(process)

    def total(self, process):
        return sum(cpu["value"] for values in self.values(process, "allocations").values() for cpu in values)

    def test_bashreadline(self):
        process = self.run_example("process/bashreadline")
        child, terminal = pty.fork()
        if child == 0:
            os.execv("/bin/bash", ["bash", "--norc", "--noprofile", "-i"])
        os.write(terminal, "echo 'skep und Grüße'\nexit\n".encode())
        while True:
            try:
                if not os.read(terminal, 4096):
                    break
            except OSError:
                break
        os.waitpid(child, 0)
        os.close(terminal)
        lines = [row["text"] for row in self.end_and_read(process) if row["pid"] == child]
        self.assertEqual(lines, ["echo 'skep und Grüße'", "exit"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
