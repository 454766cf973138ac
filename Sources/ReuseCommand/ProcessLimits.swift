@preconcurrency import Glibc
import Reuse

extension Options {
    /// The defaults, with no more memory than this process may have: half of its address space where that is limited
    /// (`ulimit -v`), since a run takes some beside its values.
    static var ofProcess: Options {
        var options = Options()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max {
            options.limits.memory = min(options.limits.memory, Int(clamping: limit.rlim_cur / 2))
        }
        return options
    }
}
