@preconcurrency import Glibc

/// Standard streams and what is behind them.
enum Terminal {
    /// Writes all of a text. A pipe whose reader has gone is ignored; any other failure on standard output is said
    /// once, and ends the process, as a result that is cut short must not look whole.
    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        let failure = text.withUTF8 { bytes -> Int32 in
            var rest = UnsafeRawBufferPointer(bytes)
            while let start = rest.baseAddress, !rest.isEmpty {
                let written = Glibc.write(descriptor, start, rest.count)
                if written < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
            return 0
        }
        guard failure != 0, failure != EPIPE, descriptor == STDOUT_FILENO else { return }
        write("reuse: cannot write the results: \(Files.reason(failure))\n", to: STDERR_FILENO)
        exit(ExitStatus.scriptError.rawValue)
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Whether somebody types and reads there.
    static var isInteractive: Bool { isTerminal(STDIN_FILENO) && isTerminal(STDOUT_FILENO) }

    private static var isDumb: Bool { getenv("TERM").map { strcmp($0, "dumb") == 0 } ?? false }

    /// Whether a line there can be written over.
    static func canRewrite(_ descriptor: Int32) -> Bool { isTerminal(descriptor) && !isDumb }

    /// Columns of the terminal, or 80.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Seconds since some moment.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Whether to colour what goes to this stream. A choice made on the command line outranks the environment.
    static func usesColour(_ choice: ColourChoice, on descriptor: Int32) -> Bool {
        switch choice {
        case .always: return true
        case .never: return false
        case .auto:
            if let value = getenv("NO_COLOR"), value.pointee != 0 { return false }
            return canRewrite(descriptor)
        }
    }
}
