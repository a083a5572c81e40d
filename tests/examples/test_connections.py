"""The examples about connections, as far as this kernel can run them."""
import socket
import unittest

from connections import ConnectionTest, milliseconds
from example import table


class Connections(ConnectionTest):

    def test_tcpstates(self):
        """Both ends of a connection, from state to state without a gap."""
        process = self.show_example("tcpstates")
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
            rows = [row for row in table(shown) if {row["source_port"], row["dest_port"]} <= {str(own), str(other), "0"}]
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

    def test_latency(self):
        self.check_latency(self.show_example("tcpconnlat_tracepoint", folder="tcpconnlat"))

    def test_blocking(self):
        """By the hook of control groups where the kernel takes no LSM programs."""
        self.check_blocking("'on_connect_of_group' stands in for 'on_connect'|^nobody")

    def test_rename_and_route(self):
        self.check_rename_and_route(self.show_example("rename_route_tracepoints", folder="rename-route"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
