# SPDX-License-Identifier: GPL-2.0-only
"""Build the library and its test runner with waf, out of tree, against an installed ns-3.

The package `waflib` brings no program of its own, so this file is one:

    python3 wscript configure [--ns3-prefix=DIR] build test

Sources come from cmake/mptcp-sources.txt, as for CMake.
"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

top = "."
out = "build/waf"


def source_list(ctx):
    """Return the lines of each section of the source list, by name."""
    sections = {}
    for line in ctx.path.find_node("cmake/mptcp-sources.txt").read().splitlines():
        heading = re.fullmatch(r"\[([a-z-]+)\]", line)
        if heading:
            lines = sections.setdefault(heading.group(1), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return sections


def options(opt):
    """Add our option."""
    opt.load("compiler_cxx")
    opt.add_option(
        "--ns3-prefix", default="", help="where ns-3 is installed (default: the Python package ns3)"
    )
    opt.add_option("--all", action="store_true", help="test: run all suites, not only mptcp-story")


def configure(conf):
    """Find the compiler, Nettle and ns-3."""
    conf.load("compiler_cxx")
    conf.check_cxx(lib="nettle", header_name="nettle/version.h", uselib_store="NETTLE")
    prefix = conf.options.ns3_prefix
    if not prefix:
        spec = importlib.util.find_spec("ns3")
        if spec is None:
            conf.fatal("no ns-3 found: pip install ns3==3.44.post0, or --ns3-prefix=DIR")
        prefix = spec.submodule_search_locations[0]
    prefix = Path(prefix)
    cores = [
        path
        for folder in ("lib64", "lib", "lib/x86_64-linux-gnu")
        for path in (prefix / folder).glob("libns3*-core.so")
    ]
    if not cores:
        conf.fatal(f"no libns3*-core.so below {prefix}")
    conf.msg("ns-3", str(cores[0].parent))
    # "ns3.44", "ns3-dev" or "ns3"
    conf.env.NS3_STEM = cores[0].name[len("lib") : -len("-core.so")]
    conf.env.CXXFLAGS = ["-std=c++20", *(conf.env.CXXFLAGS or ["-O2"]), "-Wall", "-Wextra"]
    if prefix != Path("/usr"):
        # Only the folder ns3/: a wheel has old Boost headers beside it, which would come first.
        isolated = conf.bldnode.make_node("ns3-include")
        isolated.mkdir()
        link = Path(isolated.abspath(), "ns3")
        link.unlink(missing_ok=True)
        link.symlink_to(prefix / "include/ns3")
        conf.env.CXXFLAGS += ["-isystem", isolated.abspath()]
    conf.env.DEFINES = ["NS3_LOG_ENABLE", "NS3_ASSERT_ENABLE"]
    conf.env.LINKFLAGS = ["-Wl,--no-as-needed", "-Wl,--allow-shlib-undefined"]
    conf.env.LIBPATH = conf.env.RPATH = [str(cores[0].parent)]


def build(bld):
    """Build the library and the test runner."""
    sections = source_list(bld)
    stem = bld.env.NS3_STEM
    flat = bld.bldnode.make_node("include/ns3")
    flat.mkdir()
    for header in sections["headers"]:
        link = Path(flat.abspath(), Path(header).name)
        if not link.is_symlink():
            link.symlink_to(bld.path.find_node(header).abspath())
    modules = [f"{stem}-{name}" for name in sections["modules"]]
    programs = [f"{stem}-{name}" for name in sections["program-modules"]]
    include = bld.bldnode.make_node("include")
    bld.shlib(
        target=f"{stem}-mptcp",
        name="mptcp",
        source=sections["sources"],
        includes=[include],
        export_includes=[include],
        lib=modules,
        use="NETTLE",
    )
    bld.program(
        target="mptcp-test-runner",
        source=["src/mptcp/test/mptcp-test-runner.cc", *sections["tests"]],
        defines=[f'NS_TEST_SOURCEDIR="{bld.path.abspath()}/src/mptcp/test"'],
        lib=modules + programs,
        use="mptcp",
        rpath=[*bld.env.RPATH, bld.bldnode.abspath()],
    )


def test(ctx):
    """Run one suite, or all, and end in counts."""
    failed = 0
    suites = ["mptcp-story"]
    if ctx.options.all:
        names = [Path(path).name for path in source_list(ctx)["tests"]]
        suites = [name.replace("-test-suite.cc", "") for name in names if "-test-suite.cc" in name]
    for suite in suites:
        runner = Path(ctx.path.abspath(), out, "mptcp-test-runner")
        failed += subprocess.run([runner, f"--suite={suite}"]).returncode != 0
    print(f"{len(suites) - failed} passed, {failed} failed", flush=True)
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    import waflib.Context
    import waflib.Scripting

    waflib.Scripting.waf_entry_point(
        str(Path.cwd()), waflib.Context.WAFVERSION, str(Path(waflib.__path__[0]).parent)
    )
