import ArgumentParser
@preconcurrency import Glibc
import Reuse

/// Which files a script may read: those below its own folder, and below folders that the user names.
struct AccessOptions: ParsableArguments {
    @Option(
        name: .customLong("allow-read"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Let scripts read files in this folder and those in it, too; may be repeated.", valueName: "folder"))
    var folders: [String] = []

    func files(for path: String) -> FileAccess { Files.access(for: path, allowing: folders) }
}

extension Files {
    /// Files that a script may read. One without a file (`-`) has the current folder.
    static func access(for script: String, allowing folders: [String] = []) -> FileAccess {
        access(below: [folder(of: script)] + folders)
    }

    /// Files below some folders. What counts is where the file that was opened lies, whatever links led there.
    private static func access(below folders: [String]) -> FileAccess {
        let roots = folders.compactMap { realPath($0) }
        @Sendable func bytes(_ path: String) -> Result<[UInt8], FileAccess.Failure> {
            switch read(path, below: roots) {
            case .success(let bytes): .success(bytes)
            case .failure(let failure): .failure(failure)
            }
        }
        return FileAccess(
            read: bytes,
            query: { path, isQuery, text in bytes(path).flatMap { Database.query($0, isQuery, text, path: path) } })
    }

    static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private static func read(_ path: String, below roots: [String]) -> Result<[UInt8], FileAccess.Failure> {
        // A NUL would end the name early for the system, which would then read another file.
        guard !path.isEmpty, !path.utf8.contains(0) else { return .failure(.missing) }
        var descriptor: Int32
        // Not waiting: a pipe that nobody writes to must not stop the run.
        repeat { descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) } while descriptor < 0 && errno == EINTR
        guard descriptor >= 0 else {
            let code = errno
            // Whether a file outside is there is nobody's business.
            guard let folder = realPath(folder(of: path)), isBelow(folder + "/", roots) else {
                return .failure(.outside)
            }
            return .failure(code == ENOENT || code == ENOTDIR ? .missing : .unreadable(reason(code)))
        }
        defer { close(descriptor) }
        // Asked of the kernel, about what is open: links and `..` have been followed, and cannot be changed any more.
        guard let real = realPath("/proc/self/fd/\(descriptor)"), isBelow(real, roots) else {
            return .failure(.outside)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .failure(.unreadable(reason(errno))) }
        if status.st_mode & S_IFMT == S_IFDIR { return .failure(.unreadable(reason(EISDIR))) }
        guard status.st_mode & S_IFMT == S_IFREG else { return .failure(.unreadable("it is no file")) }
        switch read(descriptor) {
        case .success(let bytes): return .success(bytes)
        case .failure(.missing): return .failure(.missing)
        case .failure(.other(let reason)): return .failure(.unreadable(reason))
        }
    }

    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: 0x2F) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func isBelow(_ path: String, _ roots: [String]) -> Bool {
        roots.contains { root in path.hasPrefix(root.hasSuffix("/") ? root : root + "/") }
    }
}
