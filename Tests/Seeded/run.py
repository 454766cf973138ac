#!/usr/bin/env python3
"""Seeds faults, one at a time, and says which of them no test sees.

    Tests/Seeded/run.py                 all faults; takes half an hour on two cores
    Tests/Seeded/run.py 12 40-45        some of them
    Tests/Seeded/run.py --check         only whether every fault still finds its line
    Tests/Seeded/run.py --all 12        with all suites, not those that are named
    Tests/Seeded/run.py --build         only makes the copy; --built runs on one that is there

The sources are copied, all faults are put into the copy at once, each behind a switch that the environment sets
(`REUSE_SEEDED=12`), and the copy is built once. faults.txt says how a fault is written. The tests themselves need none of
this: it shows whether they would notice.
"""

import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
COPY = os.environ.get("REUSE_SEEDED_FOLDER", "/tmp/reuse-seeded")
BUILD = ["--scratch-path", ".build", "-Xswiftc", "-enable-testing", "-Xswiftc", "-O", "-Xcc", "-O2"]
MODULES = ["ReuseSyntax", "ReuseTables", "ReuseModel", "ReuseCore", "ReuseKernels", "ReuseEngine", "Reuse", "ReuseReport"]

HEADER = """#ifndef REUSE_SEEDED_H
#define REUSE_SEEDED_H
extern int reuse_seeded_number;
static inline int reuse_seeded_is(int number) { return __builtin_expect(reuse_seeded_number == number, 0); }
static inline _Bool reuse_seeded(int number) { return reuse_seeded_is(number) != 0; }
#endif
"""
SOURCE = """#include "ReuseSeeded.h"
#include <stdlib.h>
int reuse_seeded_number = -1;
__attribute__((constructor)) static void choose(void) {
    const char *text = getenv("REUSE_SEEDED");
    if (text) reuse_seeded_number = atoi(text);
}
"""


class Fault:
    def __init__(self, number, path, suites, line, harmless):
        self.number, self.path, self.suites, self.harmless = number, path, suites, harmless
        match = re.fullmatch(r"(.*?)\{\{(.*?)⇒(.*?)\}\}(.*)", line)
        if not match:
            sys.exit(f"faults.txt: no {{{{old⇒new}}}} in: {line}")
        before, self.old, self.new, after = match.groups()
        self.line = before + self.old + after
        self.parts = (before, after)

    def guarded(self):
        return f"{self.parts[0]}(reuse_seeded({self.number}) ? ({self.new}) : ({self.old})){self.parts[1]}"

    def __str__(self):
        return f"{self.number:3} {self.path}: {self.parts[0].strip()}[{self.old} ⇒ {self.new}]{self.parts[1]}"


def read_faults():
    faults, path, suites, harmless = [], None, None, None
    for text in open(os.path.join(HERE, "faults.txt"), encoding="utf-8"):
        text = text.strip()
        if not text or text.startswith("#"):
            continue
        if text.startswith("Sources/"):
            path, _, suites = (part.strip() for part in text.partition(" : "))
        elif text.startswith("harmless: "):
            faults[-1].harmless = text[len("harmless: "):]
        else:
            faults.append(Fault(len(faults) + 1, path, suites, text, None))
    return faults


def stale(faults):
    """Faults whose line is not in its file exactly once."""
    result = []
    for fault in faults:
        with open(os.path.join(ROOT, fault.path), encoding="utf-8") as file:
            lines = [line.strip() for line in file]
        if lines.count(fault.line) != 1:
            result.append(fault)
            print(f"stale ({lines.count(fault.line)} such lines): {fault}")
    return result


def seed(faults):
    for name in ["Sources", "Tests", "stdlib", "errors", "samples", "docs", "README.md", "LICENSE", "Package.swift", "Package.resolved"]:
        source, target = os.path.join(ROOT, name), os.path.join(COPY, name)
        if os.path.isdir(source):
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        elif os.path.exists(source):
            os.makedirs(COPY, exist_ok=True)
            shutil.copy(source, target)
    for folder, name, text in [("", "seeded.c", SOURCE), ("include", "ReuseSeeded.h", HEADER)]:
        os.makedirs(os.path.join(COPY, "Sources/ReuseSeeded", folder), exist_ok=True)
        with open(os.path.join(COPY, "Sources/ReuseSeeded", folder, name), "w") as file:
            file.write(text)
    for path in {fault.path for fault in faults}:
        where = os.path.join(COPY, path)
        text = open(where, encoding="utf-8").read()
        lines = text.split("\n")
        for fault in (fault for fault in faults if fault.path == path):
            at = next(at for at, line in enumerate(lines) if line.strip() == fault.line)
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
            lines[at] = indent + fault.guarded()
        text = "\n".join(lines)
        if path.endswith(".swift"):
            text = "import ReuseSeeded\n" + text
        elif not path.endswith("_body.h"):
            text = '#include "ReuseSeeded.h"\n' + text
        with open(where, "w", encoding="utf-8") as file:
            file.write(text)
    for body in {fault.path for fault in faults if fault.path.endswith("_body.h")}:
        # It is taken in by the file of its name.
        where = os.path.join(COPY, body.replace("_body.h", ".c"))
        text = open(where, encoding="utf-8").read()
        if "ReuseSeeded.h" not in text:
            with open(where, "w", encoding="utf-8") as file:
                file.write('#include "ReuseSeeded.h"\n' + text)
    where = os.path.join(COPY, "Package.swift")
    package = open(where).read()
    for module in MODULES:
        start = package.index(f'name: "{module}"', package.index("\n    targets: ["))
        end = package.index(".target(", start)
        part = package[start:end]
        if "dependencies: [" in part:
            part = part.replace("dependencies: [", 'dependencies: ["ReuseSeeded", ', 1)
        else:
            part = part.replace(f'name: "{module}"', f'name: "{module}", dependencies: ["ReuseSeeded"]', 1)
        package = package[:start] + part + package[end:]
    package = package.replace("\n    targets: [", '\n    targets: [\n        .target(name: "ReuseSeeded"),', 1)
    with open(where, "w") as file:
        file.write(package)


def build():
    started = time.time()
    print("building", COPY, flush=True)
    done = subprocess.run(["nice", "swift", "build", "--build-tests"] + BUILD, cwd=COPY, capture_output=True, text=True)
    if done.returncode:
        print("\n".join(line for line in (done.stdout + done.stderr).split("\n") if "error:" in line)[:4000])
        sys.exit("the seeded copy does not build")
    print(f"built in {time.time() - started:.0f} s", flush=True)


def run(number, suites, limit=300):
    """True where a test failed, None where that took too long to tell; stops at the first failure."""
    folder = os.path.join(COPY, ".build/debug")
    bundle = next(name for name in os.listdir(folder) if name.endswith(".xctest"))
    environment = dict(os.environ, REUSE_SEEDED=str(number), REUSE_PROGRAMS="300")
    command = ["nice", os.path.join(folder, bundle), "--testing-library", "swift-testing"]
    if suites:
        command += ["--filter", suites]
    process = subprocess.Popen(
        command, cwd=COPY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace")
    started, passed, first = time.time(), False, ""
    timer = subprocess.Popen(["sh", "-c", f"sleep {limit}; kill {process.pid} 2>/dev/null"])
    try:
        for line in process.stdout:
            passed = passed or line.startswith("✔ Test run") or "Test run with" in line and " passed" in line
            if "✘" in line:
                first = line.strip()
                process.kill()
                break
    finally:
        process.wait()
        timer.kill()
        timer.wait()
    if first:
        return True, first
    if time.time() - started >= limit:
        return True, "took too long"
    return (False, "") if passed and process.returncode == 0 else (True, f"ended with {process.returncode}")


def main():
    faults = read_faults()
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    lost = stale(faults)
    print(f"{len(faults)} faults, {len(lost)} stale", flush=True)
    if "--check" in sys.argv:
        sys.exit(1 if lost else 0)
    fresh = [fault for fault in faults if fault not in lost]
    if "--built" not in sys.argv:
        seed(fresh)
        build()
    if "--build" in sys.argv:
        return
    wanted = fresh
    if arguments:
        numbers = set()
        for argument in arguments:
            low, _, high = argument.partition("-")
            numbers.update(range(int(low), int(high or low) + 1))
        wanted = [fault for fault in fresh if fault.number in numbers]
    every = "--all" in sys.argv
    known = {}
    survivors = []
    for fault in wanted:
        suites = None if every else fault.suites
        if suites not in known:
            known[suites] = run(0, suites)
            if known[suites][0]:
                print(f"without a fault these fail already: {suites}: {known[suites][1]}", flush=True)
        started = time.time()
        seen, how = run(fault.number, suites)
        if not seen:
            survivors.append(fault)
        print(f"{'seen    ' if seen else 'SURVIVES'} {time.time() - started:4.0f} s {fault}", flush=True)
        if seen and "--verbose" in sys.argv:
            print("         ", how[:200], flush=True)
    print(f"\n{len(wanted) - len(survivors)} of {len(wanted)} were seen")
    for fault in survivors:
        print(f"survives: {fault}" + (f"\n          harmless: {fault.harmless}" if fault.harmless else ""))
    sys.exit(1 if any(not fault.harmless for fault in survivors) else 0)


main()
