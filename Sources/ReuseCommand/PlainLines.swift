@preconcurrency import Glibc
import Reuse

/// Lines of standard input, without an editor.
enum PlainLines {
    /// A line without its end; nil at the end of input, empty where Ctrl-C cleared it.
    static func line(_ prompt: String) -> String? {
        Terminal.write(prompt, to: STDOUT_FILENO)
        var bytes: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            let count = read(STDIN_FILENO, &byte, 1)
            if count == 1 {
                if byte == 0x0A { return String(decoding: bytes, as: UTF8.self) }
                bytes.append(byte)
            } else if count < 0 && errno == EINTR && !Interruption.isEnding {
                guard Interruption.wasAsked else { continue }
                Terminal.write("\n", to: STDOUT_FILENO)
                return ""
            } else {
                return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
            }
        }
    }
}
