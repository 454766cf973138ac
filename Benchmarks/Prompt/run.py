"""How quick the prompt is, at a pseudo-terminal of its own: python3 Benchmarks/Prompt/run.py (needs pexpect).

Prints medians in milliseconds: from the start of the process to the first prompt; from Enter to the next prompt where an assumption of
samples/china-exports.reuse is entered anew, after its exports were asked for; from Ctrl-C to the next prompt in several computations; and
from Tab to the candidates.
"""

import os
import statistics
import sys
import tempfile
import time

import pexpect

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
REUSE = os.path.join(ROOT, ".build", "release", "reuse")
FLAGSHIP = os.path.join(ROOT, "samples", "china-exports.reuse")
STOCKS = os.path.join(ROOT, "samples", "phones-in-use.reuse")
PROMPT = "reuse> "


class Session:
    def __init__(self, *arguments):
        environment = dict(
            os.environ, TERM="xterm", INPUTRC="/dev/null", NO_COLOR="1", LC_ALL="C.UTF-8",
            XDG_STATE_HOME=tempfile.mkdtemp())
        start = time.perf_counter()
        self.child = pexpect.spawn(REUSE, list(arguments), env=environment, encoding="utf-8", dimensions=(40, 100))
        self.child.delaybeforesend = None
        self.child.expect_exact(PROMPT)
        self.start = time.perf_counter() - start

    def time(self, text, wanted=PROMPT):
        start = time.perf_counter()
        self.child.send(text)
        self.child.expect_exact(wanted, timeout=120)
        return time.perf_counter() - start

    def stop(self, entry, after):
        """Seconds from Ctrl-C to the prompt, some time after an entry."""
        self.child.send(entry + "\n")
        time.sleep(after)
        elapsed = self.time("\x03")
        assert "stopped" in self.child.before, self.child.before
        return elapsed


def show(name, seconds, most):
    print(f"{name:48} {statistics.median(seconds) * 1000:8.1f} ms   worst {max(seconds) * 1000:6.1f}   wanted {most}")


def main():
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    show("start", [Session().start for _ in range(3 * turns)], 15)

    session = Session("-i", FLAGSHIP)
    session.time("China.exports[2030]\n")
    times = [session.time(f"assume demand_growth = 1.7% to {5 + turn / 10}%/yr\n") for turn in range(1, turns + 1)]
    show("an assumption of the flagship, 10,000 samples", times, 300)
    times = [session.time(f"assume new_phone = 61 to {74 + turn} kgCO2e/phone\n") for turn in range(1, turns + 1)]
    show("one that the last value does not rest on", times, 300)
    show("completion", [session.time("China.ex\t", "ports") for _ in range(1)], "-")
    session.time("\x03")

    stops = {
        "Ctrl-C in an ensemble": (FLAGSHIP, "China.exports"),
        "Ctrl-C in a comparison": (FLAGSHIP, "compare baseline, subsidy on China.exports"),
        "Ctrl-C in an attribution": (FLAGSHIP, "attribute China.exports in 2030"),
        "Ctrl-C in a trace": (FLAGSHIP, ":trace China.exports[2030]"),
        "Ctrl-C in a script": (STOCKS, ":reload"),
    }
    for name, (script, entry) in stops.items():
        session = Session("-i", script)
        session.time(":set samples 1000000\n")
        show(name, [session.stop(entry, 0.3 + 0.1 * turn) for turn in range(turns)], 50)
    session = Session()
    session.time("assume x = 1 to 2\n")
    session.time(":set samples 100000000\n")
    show("Ctrl-C in a quantile of 100 M samples", [session.stop(f"quantile(x, {50 + turn}%)", 1) for turn in range(3)], 50)


if __name__ == "__main__":
    main()
