# SPDX-License-Identifier: GPL-2.0-only
"""Makes the modules of this directory importable by their plain names."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
