"""The first programs on the hooks that the documents have: kprobes. The executables are those that were
built for another kernel."""
import subprocess
import unittest

from example import ExampleTest


class Hello(ExampleTest):

    def execute(self):
        child = subprocess.Popen(["/bin/true"])
        self.assertEqual(child.wait(), 0)
        return child.pid

    def test_hello(self):
        process = self.run_object("hello", "--attach", "hello_kprobe=ksyscall:execve")
        pid = self.execute()
        rows = [row["text"] for row in self.end_and_read(process) if row["pid"] == pid]
        self.assertEqual(sorted(rows), ["Hello World", "Hello World of a kprobe"])

    def test_buffer_config(self):
        process = self.start_program("hello-buffer-config", 0, "Hey root!", until="reading")
        self.assertNotIn("stands in", self.head)
        pid = self.execute()
        out, _ = self.end_program(process)
        self.assertRegex(out, rf"(?m)^{pid} 0 python3 /bin/true Hey root!$")

    def test_hooks(self):
        process = self.start_program("execve-hooks", until="attached")
        pid = self.execute()
        out, _ = self.end_program(process)
        self.assertRegex(out, r"(?m)^pid \d+  fd \d+: program \d+  perf event  .*execve")
        self.assertRegex(out, r"(?m)^pid \d+  fd \d+: program \d+  tracing  fentry begin_new_exec")
        self.assertIn(f"process {pid}: 6 hooks\n", out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
