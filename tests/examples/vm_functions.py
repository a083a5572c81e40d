"""The examples that hang on functions of the kernel, in a virtual machine whose kernel takes them: the
objects and the command are those that were built on the machine outside."""
import os
import pathlib
import socket
import subprocess
import unittest

from example import ExampleTest, table


class Functions(ExampleTest):

    def test_unlink_kprobe(self):
        path, seen = self.see_a_file_go("unlink_kprobe")
        self.assertEqual(seen, [f"ENTRY {path}", "EXIT 0"])

    def test_unlink_fentry(self):
        path, seen = self.see_a_file_go("unlink_fentry")
        self.assertEqual(seen, [f"fentry {path}", f"fexit {path} 0"])

    def see_a_file_go(self, name):
        process = self.show_object(name)
        path = self.write("removed", "")
        path.unlink()
        shown = self.end_and_show(process)
        self.assert_as_expected(name.replace("_", "-"), shown)
        return path, [row["text"] for row in table(shown) if row["pid"] == str(os.getpid())]

    def test_execve_hooks(self):
        process = self.run_object("execve_hooks")
        child = subprocess.Popen(["/bin/true"])
        child.wait()
        seen = [row["hook"] for row in self.end_and_read(process) if row["pid"] == child.pid]
        self.assertEqual(sorted(seen), ["btf_tracepoint", "fentry", "kprobe", "ksyscall", "raw_tracepoint",
                                        "tracepoint"])

    def test_tcp_connect(self):
        process = self.show_object("tcp_connect")
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)) as caller:
                own_port = caller.getsockname()[1]
            shown = self.end_and_show(process)
        self.assert_as_expected("tcp-connect", shown)
        rows = [row for row in table(shown) if row["dest_port"] == str(port)]
        self.assertEqual([row["what"] for row in rows], ["opens", "closes"])
        self.assertEqual([rows[0][key] for key in ("source", "source_port", "dest")],
                         ["127.0.0.1", str(own_port), "127.0.0.1"])

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
