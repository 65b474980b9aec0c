# SPDX-License-Identifier: GPL-2.0-only
"""Examples that the program test.py of an ns-3 tree runs, as it looks for them in each module.

It evaluates the two lists and reads no other Python here.
"""

# Name and arguments, condition to run it, condition to run it under valgrind. The other example,
# mptcp-kernel-peer, talks to a Linux kernel by TAP devices: test/interop runs it.
cpp_examples = [
    ("mptcp-two-hosts", "True", "True"),
    ("mptcp-two-hosts --bytes=1000000", "True", "True"),
]

# There are no examples for the bindings that an ns-3 tree makes of its own: those in examples/ need
# the package of this module.
python_examples = []
