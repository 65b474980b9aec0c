# SPDX-License-Identifier: GPL-2.0-only
"""``mptcp conform``: run scripts of packetdrill's language against one simulated stack.

Every script runs once over IPv4 and once over IPv6, unless its name ends in _v4 or _v6 or it says
--ip_version. PASS means that every event of the script came true, FAIL that the stack did something
else or that the text is no script, UNSUPPORTED that the script needs what the simulator does not
have; the last two name file and line.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from . import processes
from .parameters import Parser, UsageError

PROGRAM = "mptcp-conform"


def find_program() -> Path | None:
    """Return the interpreter of the build or installation in use, or None."""
    home = Path(os.environ.get("NS3_MPTCP_PREFIX") or Path(__file__).parent)
    program = home / "bin" / PROGRAM
    return program if program.is_file() else None


def main(argv: list[str]) -> int:
    """Run ``mptcp conform`` and return its exit status."""
    parser = Parser(
        prog="mptcp conform",
        description=__doc__.split("\n\n")[0].split(": ", 1)[1],
        epilog=__doc__.split("\n\n")[1],
    )
    parser.add_argument("script", nargs="+", metavar="SCRIPT", help="a script or a directory")
    parser.add_argument("--pcap", metavar="DIR", help="write one pcap file for each run")
    parser.add_argument("--verbose", action="store_true", help="tell each packet and call")
    parser.add_argument("--quiet", action="store_true", help="list only what does not pass")
    parser.add_argument(
        "--strict",
        action="store_true",
        help="compare literally: order and padding of options, MSS, window scale, PSH, windows",
    )
    parser.add_argument("--parse", action="store_true", help="only read the scripts")
    parser.add_argument(
        "--ip-version", choices=("4", "6"), metavar="4|6", help="over this family only"
    )
    parser.add_argument(
        "--define", action="append", default=[], metavar="NAME=VALUE", help="value of a word"
    )
    parser.add_argument(
        "--attribute",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set an attribute of ns3::MptcpStack before each script",
    )
    options = parser.parse_args(argv)
    for script in options.script:
        if not Path(script).exists():
            raise UsageError(f"there is no {script}")
    for option in ("define", "attribute"):
        for value in vars(options)[option]:
            if "=" not in value:
                raise UsageError(f"--{option} '{value}' is not allowed: give NAME=VALUE")
    program = find_program()
    if program is None:
        print(f"mptcp: no {PROGRAM}: build the programs (MPTCP_PROGRAMS)", file=sys.stderr)
        return 1
    command = [str(program)]
    command += [
        f"--{name}" for name in ("verbose", "quiet", "strict", "parse") if vars(options)[name]
    ]
    command += [f"--pcap={options.pcap}"] if options.pcap else []
    command += [f"--ip-version={options.ip_version}"] if options.ip_version else []
    command += [f"--define={define}" for define in options.define]
    command += [f"--attribute={attribute}" for attribute in options.attribute]
    return processes.run([*command, *options.script]).returncode
