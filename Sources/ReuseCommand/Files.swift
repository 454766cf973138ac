@preconcurrency import Glibc
import Reuse
import ReuseMemory
import ReuseSyntax

/// Reading scripts, without Foundation.
enum Files {
    enum Failure: Error {
        case missing
        /// In words that continue "cannot read FILE: ".
        case other(String)

        var reason: String {
            switch self {
            case .missing: "there is no such file"
            case .other(let reason): reason
            }
        }
    }

    /// The bytes of a file.
    static func read(_ path: String) -> Result<[UInt8], Failure> {
        // A NUL would end the name early for the system, which would then read another file.
        guard !path.isEmpty, !path.utf8.contains(0) else { return .failure(.missing) }
        var descriptor: Int32
        repeat { descriptor = open(path, O_RDONLY | O_CLOEXEC) } while descriptor < 0 && errno == EINTR
        guard descriptor >= 0 else { return .failure(failure(errno)) }
        defer { close(descriptor) }
        return read(descriptor)
    }

    /// The same of a script that is named at a prompt, where a terminal would give what is typed for somebody else.
    static func readScript(_ path: String) -> Result<[UInt8], Failure> {
        isDevice(path) ? .failure(.other("it is no file")) : read(path)
    }

    /// Writes a file as a whole: it is there complete, or not at all. What is no file, such as a device or a pipe, is written to
    /// and stays what it is; a link stays one, and a file that was there keeps its permissions; a new one has those of
    /// `mode`. Nil where that went well.
    static func write(_ bytes: [UInt8], to path: String, mode new: mode_t = 0o666) -> Failure? {
        guard !path.isEmpty, !path.utf8.contains(0) else { return .missing }
        var status = stat()
        let isThere = stat(path, &status) == 0
        if isThere, status.st_mode & S_IFMT == S_IFDIR { return failure(EISDIR) }
        if isThere, status.st_mode & S_IFMT != S_IFREG {
            let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else { return failure(errno) }
            let problem = write(bytes, to: descriptor)
            return problem == 0 ? nil : failure(problem)
        }
        var target = path
        if isThere, let real = realpath(path, nil) {
            target = String(cString: real)
            free(real)
        }
        let draft = target + ".new"
        let mode = isThere ? status.st_mode & 0o777 : new
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { return errno == ENOENT ? .other("there is no such folder") : failure(errno) }
        if isThere { fchmod(descriptor, mode) }
        var problem = write(bytes, to: descriptor)
        if problem == 0, rename(draft, target) != 0 { problem = errno }
        guard problem != 0 else { return nil }
        unlink(draft)
        return failure(problem)
    }

    /// Writes all bytes and closes what they went to. An error number, or 0.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var problem: Int32 = 0
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while problem == 0, let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
                let written = Glibc.write(descriptor, start, rest.count)
                if written < 0 {
                    if errno != EINTR { problem = errno }
                } else {
                    rest = rest.dropFirst(written)
                }
            }
        }
        if close(descriptor) != 0, problem == 0 { problem = errno }
        return problem
    }

    /// Makes a folder, where it is not there. Nil where it is now.
    static func makeFolder(_ path: String) -> Failure? {
        guard !path.isEmpty, !path.utf8.contains(0) else { return .missing }
        if mkdir(path, 0o777) == 0 { return nil }
        switch errno {
        case EEXIST: return isFolder(path) ? nil : .other("it is no folder")
        case ENOENT: return .other("there is no such folder to make it in")
        case let problem: return failure(problem)
        }
    }

    /// All that comes from standard input.
    static func readStandardInput() -> Result<[UInt8], Failure> { read(STDIN_FILENO) }

    /// Files named `*.reuse` in a folder and the folders in it, sorted by path. Links to folders are not followed.
    static func scripts(in folder: String) -> Result<[String], Failure> {
        var found: [String] = []
        var folders = [folder]
        while let current = folders.popLast() {
            guard let stream = opendir(current) else { return .failure(failure(errno)) }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                // The name is a fixed array in C, which Swift sees as a tuple.
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name.hasPrefix(".") { continue }
                let path = current.hasSuffix("/") ? current + name : current + "/" + name
                if isFolder(path, followingLinks: false) {
                    folders.append(path)
                } else if name.hasSuffix(".reuse"), isRegular(path) {
                    found.append(path)
                }
            }
        }
        return .success(found.sorted())
    }

    static func isFolder(_ path: String, followingLinks: Bool = true) -> Bool {
        var status = stat()
        guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether something with bytes of its own is there: no folder, pipe or device, which might never end.
    static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    static func isDevice(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR
    }

    /// A path that begins in the folder of one file, as it begins in the folder of another. A folder that is not there changes
    /// nothing.
    static func path(_ path: String, from old: String, seenFrom new: String) -> String {
        guard !path.hasPrefix("/"), let before = realPath(folder(of: old)), let now = realPath(folder(of: new)),
            before != now
        else { return path }
        var parts = before.split(separator: "/")
        for part in path.split(separator: "/") where part != "." {
            if part == "..", !parts.isEmpty { parts.removeLast() } else { parts.append(part) }
        }
        let folders = now.split(separator: "/")
        let common = zip(parts.dropLast(), folders).prefix { $0 == $1 }.count
        let up = Array(repeating: "..", count: folders.count - common)
        return (up + parts.dropFirst(common).map(String.init)).joined(separator: "/")
    }

    /// A system error in plain words.
    static func reason(_ code: Int32) -> String {
        switch code {
        case ENOENT, ENOTDIR: "there is no such file"
        case EACCES, EPERM: "permission denied"
        case EISDIR: "it is a folder"
        case ENAMETOOLONG: "its name is too long"
        case ELOOP: "its links lead in a circle"
        case EMFILE, ENFILE: "too many files are open"
        case EIO: "the disk reports an error"
        case ENOSPC: "no space is left"
        default: "system error \(code)"
        }
    }

    private static func failure(_ code: Int32) -> Failure {
        code == ENOENT || code == ENOTDIR ? .missing : .other(reason(code))
    }

    static func read(_ descriptor: Int32) -> Result<[UInt8], Failure> {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .failure(failure(errno)) }
        if status.st_mode & S_IFMT == S_IFDIR { return .failure(failure(EISDIR)) }
        let tooLarge = Failure.other("it is larger than \(Limits.fileBytes >> 30) GiB")
        if status.st_size > Limits.fileBytes { return .failure(tooLarge) }
        // A model takes some 20 times the size of its text.
        if status.st_size > 1 << 19 { reuse_expect_memory(Int(status.st_size) * 20) }
        // One byte more than the size says shows the end of the file without growing. A pipe has no size.
        var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size) + 1, 1 << 16))
        var count = 0
        while true {
            let got = bytes.withUnsafeMutableBytes { buffer -> Int in
                guard let start = buffer.baseAddress else { return 0 }
                return Glibc.read(descriptor, start + count, buffer.count - count)
            }
            if got < 0 {
                if errno == EINTR { continue }
                return .failure(failure(errno))
            }
            if got == 0 { break }
            count += got
            if count > Limits.fileBytes { return .failure(tooLarge) }
            if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
        }
        bytes.removeLast(bytes.count - count)
        return .success(bytes)
    }
}
