# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's end of an interoperability test: one MPTCP or TCP connection of Linux.

Client and server send each other a pseudo-random stream of known seed and length (the same as
mptcp-kernel-peer.cc) and compare what they receive octet by octet. The last line of the output is
a JSON object with the result. The program needs nothing but the standard library, because it runs
in the network namespace of the test.
"""

from __future__ import annotations

import argparse
import json
import socket
import struct
import sys
import threading
import time

IPPROTO_MPTCP = 262
SOL_MPTCP = 284
MPTCP_INFO = 1
MASK = (1 << 64) - 1
FIRST = 1024  #: octets that mptcp-kernel-peer --joins=N sends before it has these

# include/uapi/linux/mptcp.h, struct mptcp_info, as far as this test reads it
INFO_FORMAT = "=6B2xIIQQQ"
INFO_FIELDS = (
    "subflows",
    "add_addr_signal",
    "add_addr_accepted",
    "subflows_max",
    "add_addr_signal_max",
    "add_addr_accepted_max",
    "flags",
    "token",
    "write_seq",
    "snd_una",
    "rcv_nxt",
)
INFO_FLAG_FALLBACK = 1
INFO_FLAG_REMOTE_KEY_RECEIVED = 2


def content(seed: int, size: int) -> bytes:
    """The first `size` octets of the stream of `seed` (splitmix64, little endian)."""
    words = []
    state = seed & MASK
    for _ in range((size + 7) // 8):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        word = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
        words.append(word ^ (word >> 31))
    return struct.pack(f"<{len(words)}Q", *words)[:size]


def first_mismatch(expected: bytes, received: bytes) -> int:
    """Offset of the first octet of `received` that is not as expected, or -1."""
    if expected.startswith(received):
        return -1
    for offset, (want, got) in enumerate(zip(expected, received)):
        if want != got:
            return offset
    return len(expected)


def mptcp_info(connection: socket.socket) -> dict[str, int]:
    """What the kernel says of the connection; empty if it is plain TCP."""
    try:
        raw = connection.getsockopt(SOL_MPTCP, MPTCP_INFO, struct.calcsize(INFO_FORMAT))
    except OSError:
        return {}
    return dict(zip(INFO_FIELDS, struct.unpack(INFO_FORMAT, raw)))


def exchange(
    connection: socket.socket,
    outgoing: bytes,
    expected: bytes,
    abort_at: int = 0,
    after_joins: bool = False,
) -> dict[str, object]:
    """Sends and receives at once, to the end of both streams or until it aborts.

    The peer sends more than FIRST octets when all subflows stand, which it alone knows: the
    kernel's MPTCP_INFO counts joins that are under way. With `after_joins` this end does the same.
    """
    result: dict[str, object] = {"error": ""}
    received = bytearray()
    joined = threading.Event()
    sent = 0

    def send() -> None:
        nonlocal sent
        try:
            view = memoryview(outgoing)
            if after_joins:
                sent += connection.send(view[:FIRST])
                if not joined.wait(connection.gettimeout()):
                    raise OSError("no word of the joins")
            while sent < len(outgoing):
                sent += connection.send(view[sent : sent + 65536])
            connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            result["error"] = f"send: {error}"

    start = time.monotonic()
    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    ended = False
    info: dict[str, int] = {}
    try:
        while True:
            piece = connection.recv(65536)
            if not piece:
                ended = True
                break
            received += piece
            if len(received) > FIRST:
                joined.set()
            if abort_at and len(received) >= abort_at:
                # SO_LINGER of zero seconds: the kernel sends MP_FASTCLOSE.
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                connection.close()
                result["aborted"] = True
                break
            # When the streams have ended, subflows may be closed already.
            latest = mptcp_info(connection)
            subflows = max(info.get("subflows", 0), latest.get("subflows", 0))
            info = {**latest, "subflows": subflows} if latest else {}
    except OSError as error:
        result["error"] = f"receive: {error}"
    sender.join(10)
    mismatch = first_mismatch(expected, bytes(received))
    result.update(
        sent=sent,
        received=len(received),
        mismatch=mismatch,
        end_of_stream=ended,
        seconds=round(time.monotonic() - start, 3),
        info=info,
    )
    result["ok"] = (
        not result["error"]
        and ended
        and mismatch < 0
        and sent == len(outgoing)
        and len(received) == len(expected)
    )
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", choices=("client", "server"))
    parser.add_argument("address", help="of the server; a server listens on 0.0.0.0 or ::")
    parser.add_argument("--port", type=int, default=5001)
    parser.add_argument("--bind", help="source address of a client")
    parser.add_argument("--socket", choices=("mptcp", "tcp"), default="mptcp")
    parser.add_argument("--up", type=int, default=1 << 20, help="octets from client to server")
    parser.add_argument("--down", type=int, default=1 << 20, help="octets from server to client")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--abort-at", type=int, default=0, help="octets received, then abort")
    parser.add_argument("--after-joins", action="store_true", help="send as the peer does")
    parser.add_argument("--timeout", type=float, default=60, help="seconds without any progress")
    arguments = parser.parse_args()

    up = content(arguments.seed, arguments.up)
    down = content(~arguments.seed, arguments.down)
    family = socket.AF_INET6 if ":" in arguments.address else socket.AF_INET
    protocol = IPPROTO_MPTCP if arguments.socket == "mptcp" else socket.IPPROTO_TCP
    with socket.socket(family, socket.SOCK_STREAM, protocol) as first:
        first.settimeout(arguments.timeout)
        if arguments.role == "client":
            if arguments.bind:
                first.bind((arguments.bind, 0))
            print(json.dumps({"event": "ready"}), flush=True)
            try:
                first.connect((arguments.address, arguments.port))
                result = exchange(first, up, down, arguments.abort_at, arguments.after_joins)
            except OSError as error:
                result = {"ok": False, "error": f"connect: {error}"}
        else:
            first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            first.bind((arguments.address, arguments.port))
            first.listen()
            print(json.dumps({"event": "ready"}), flush=True)
            try:
                connection, _ = first.accept()
                with connection:
                    connection.settimeout(arguments.timeout)
                    result = exchange(
                        connection, down, up, arguments.abort_at, arguments.after_joins
                    )
            except OSError as error:
                result = {"ok": False, "error": f"accept: {error}"}
    print(json.dumps({"event": "result", **result}), flush=True)
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
