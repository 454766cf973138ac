import Foundation

/// A command that is run and timed. Started by `posix_spawn`: what Foundation adds to a start would drown one of a
/// millisecond.
struct Child {
    var path: String
    var arguments: [String]

    struct Run {
        /// Wall time in seconds, from the start to the end of the process.
        var seconds: Double
        /// What went wrong, in a few words; nil where the process ended with status 0.
        var failure: String?
        var output: String
    }

    /// Runs it to the end, with both output streams in a file.
    func run(output file: URL) -> Run {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, file.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)

        var strings = ([path] + arguments).map { strdup($0) }
        strings.append(nil)
        defer { strings.forEach { free($0) } }

        let clock = ContinuousClock()
        var process: pid_t = 0
        let begin = clock.now
        let code = posix_spawn(&process, path, &actions, nil, strings, environ)
        guard code == 0 else {
            return Run(seconds: 0, failure: "cannot start \(path): \(String(cString: strerror(code)))", output: "")
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let elapsed = begin.duration(to: clock.now).components
        let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18

        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let signal = status & 0x7F
        let exit = status >> 8 & 0xFF
        var failure: String?
        if signal == SIGXCPU || signal == SIGKILL {
            failure = "stopped after \(Int(seconds)) s"
        } else if signal != 0 {
            failure = "ended by signal \(signal)"
        } else if exit != 0 {
            failure = "status \(exit): " + (text.split(separator: "\n").first.map(String.init) ?? "no message")
        }
        return Run(seconds: seconds, failure: failure, output: text)
    }

    /// A limit on the processor time of every child, so that what does not end is stopped.
    static func limit(seconds: Int) {
        var limit = rlimit()
        #if canImport(Darwin)
            let resource = RLIMIT_CPU
        #else
            let resource = __rlimit_resource_t(RLIMIT_CPU.rawValue)
        #endif
        getrlimit(resource, &limit)
        limit.rlim_cur = min(rlim_t(seconds), limit.rlim_max)
        setrlimit(resource, &limit)
    }
}

/// Looks a program up on the PATH.
func findProgram(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
}
