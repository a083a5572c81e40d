"""The examples that hang on functions of the kernel, in a virtual machine whose kernel takes them: the
objects and the command are those that were built on the machine outside."""
import os
import pathlib
import socket
import subprocess
import unittest

from example import ExampleTest


class Functions(ExampleTest):

    def test_unlink_kprobe(self):
        process = self.run_object("unlink_kprobe")
        path = self.remove_a_file()
        seen = [row["text"] for row in self.end_and_read(process) if row["pid"] == os.getpid()]
        self.assertEqual(seen, [f"ENTRY {path}", "EXIT 0"])

    def test_unlink_fentry(self):
        process = self.run_object("unlink_fentry")
        path = self.remove_a_file()
        seen = [row["text"] for row in self.end_and_read(process) if row["pid"] == os.getpid()]
        self.assertEqual(seen, [f"fentry {path}", f"fexit {path} 0"])

    def remove_a_file(self):
        path = self.write("removed", "")
        path.unlink()
        return path

    def test_execve_count(self):
        process = self.run_object("execve_count")
        before = self.values(process, "calls")[0]
        for _ in range(3):
            subprocess.run(["/bin/true"], check=True)
        self.assertGreaterEqual(self.values(process, "calls")[0], before + 3)
        self.end_and_read(process)

    def test_execve_hooks(self):
        process = self.run_object("execve_hooks")
        child = subprocess.Popen(["/bin/true"])
        child.wait()
        seen = [row["hook"] for row in self.end_and_read(process) if row["pid"] == child.pid]
        self.assertEqual(sorted(seen), ["btf_tracepoint", "fentry", "kprobe", "ksyscall", "raw_tracepoint",
                                        "tracepoint"])

    def test_tcp_connect(self):
        process = self.run_object("tcp_connect")
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)) as caller:
                own_port = caller.getsockname()[1]
            rows = [row for row in self.end_and_read(process) if row["dest_port"] == port]
        self.assertEqual([row["what"] for row in rows], ["opens", "closes"])
        self.assertEqual(rows[0] | {"what": "", "comm": ""},
                         {"what": "", "comm": "", "source": [127, 0, 0, 1], "source_port": own_port,
                          "dest": [127, 0, 0, 1], "dest_port": port})

    def test_tools(self):
        """The tools of the suite, from the same binary: one process, as each of them sees it."""
        tools = [self.start("run", name, "-o", "json") for name in ("execsnoop", "exitsnoop", "opensnoop")]
        child = subprocess.Popen(["/bin/sh", "-c", "exit 7 < '/skep has no such file'"],
                                 stderr=subprocess.DEVNULL)
        child.wait()
        starts, ends, opens = ([row for row in self.end_and_read(tool) if row["pid"] == child.pid]
                               for tool in tools)
        self.assertEqual([row["args"][0] for row in starts], ["/bin/sh"])
        self.assertEqual([row["code"] for row in ends], [child.returncode])
        self.assertEqual([row["ret"] for row in opens if row["path"] == "/skep has no such file"], ["ENOENT"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
