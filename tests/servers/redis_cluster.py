"""Makes the servers on these ports a cluster of masters that share the keys evenly; succeeds once each of them says that it is up.

usage: redis_cluster.py BUS_PORT PORT...    (the first node's bus port; the others' follow it)
"""

import socket
import sys

SLOTS = 16384

bus_port, *ports = map(int, sys.argv[1:])


def ask(port, *words):
    """The reply to one command; no reply asked for here is longer than a few hundred bytes."""
    with socket.create_connection(("127.0.0.1", port), 2) as connection:
        encoded = [str(word).encode() for word in words]
        connection.sendall(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded))
        connection.shutdown(socket.SHUT_WR)
        reply = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    if reply.startswith("-"):
        raise RuntimeError(f"{words[:2]} on {port}: {reply}")
    return reply


def info(port):
    return dict(line.split(":", 1) for line in ask(port, "CLUSTER", "INFO").split("\r\n") if ":" in line)


# Each step is left out where it was done before, so that this may be run as often as it takes.
share = -(-SLOTS // len(ports))
for index, port in enumerate(ports):
    if info(port)["cluster_my_epoch"] == "0":
        # Masters with the same epoch would first have to agree on who is right.
        ask(port, "CLUSTER", "SET-CONFIG-EPOCH", index + 1)
        ask(port, "CLUSTER", "ADDSLOTSRANGE", share * index, min(share * (index + 1), SLOTS) - 1)
        if index > 0:
            ask(port, "CLUSTER", "MEET", "127.0.0.1", ports[0], bus_port)
states = [info(port) for port in ports]
sys.exit(0 if all(state["cluster_state"] == "ok" and state["cluster_known_nodes"] == str(len(ports)) for state in states) else 1)
