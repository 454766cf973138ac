@preconcurrency import Glibc
import Reuse
import ReuseReport
import Synchronization

#if canImport(CReadline)
    @preconcurrency import CReadline

    /// Lines by the readline of the system: it has the user's keys, a history and completion.
    struct LineEditor {
        static let note: String? = nil
        /// Entries that are kept from one session to the next.
        static let longestHistory: Int32 = 10_000

        /// What completion looks at, and what it found: readline calls back without a context.
        private static let talk = Mutex<Talk?>(nil)
        private static let found = Mutex<[Completion.Candidate]>([])
        /// Whether entries are shown in colours.
        private static let isPainting = Atomic<Bool>(false)
        private let historyFile: String?

        init(keepsHistory: Bool, hasColour: Bool) {
            historyFile = keepsHistory ? StateFolder.path(of: "history", creating: true) : nil
            if !Terminal.isInteractive { return }
            Self.setUp(hasColour: hasColour)
            if let historyFile { Self.readHistory(historyFile) }
        }

        /// A line without its end; nil at the end of input.
        func line(_ prompt: String, _ talk: Talk) -> String? {
            if !Terminal.isInteractive { return PlainLines.line("") }
            Self.talk.withLock { $0 = talk }
            Self.isTall.store(false, ordering: .relaxed)
            Self.isEntered.store(false, ordering: .relaxed)
            rl_reset_screen_size()
            guard let line = readline(prompt) else { return nil }
            defer { free(line) }
            if Interruption.isEnding { return nil }
            return String(cString: line)
        }

        /// Keeps an entry in the history, once, as the latest.
        func remember(_ entry: String) {
            if !Terminal.isInteractive { return }
            Self.dropAlike(entry)
            add_history(entry)
            guard let historyFile else { return }
            if append_history(1, historyFile) != 0 { _ = write_history(historyFile) }
            chmod(historyFile, 0o600)
        }

        func close() { if Terminal.isInteractive { rl_deprep_term_function?() } }

        // MARK: Readline

        private static func setUp(hasColour: Bool) {
            // Names may be in any script, whatever the locale.
            setlocale(LC_ALL, "")
            if String(cString: nl_langinfo(Int32(CODESET))) != "UTF-8" {
                // Readline asks the environment again.
                setenv(getenv("LC_ALL") == nil ? "LC_CTYPE" : "LC_ALL", "C.UTF-8", 1)
                setlocale(LC_CTYPE, "C.UTF-8")
            }
            rl_readline_name = UnsafePointer(strdup("reuse"))
            // Before the user's own settings are read, which outrank it.
            // In colours the other bracket stands out by itself.
            rl_variable_bind("blink-matching-paren", hasColour ? "off" : "on")
            rl_variable_bind("enable-bracketed-paste", "on")
            rl_variable_bind("show-all-if-ambiguous", "on")
            rl_initialize()
            rl_completion_word_break_hook = { LineEditor.wordBreaks() }
            rl_attempted_completion_function = { _, start, end in LineEditor.complete(Int(start), Int(end)) }
            rl_completion_display_matches_hook = { matches, count, longest in
                LineEditor.show(matches, count, longest)
            }
            rl_getc_function = { LineEditor.character($0) }
            if Terminal.canRewrite(STDOUT_FILENO) { rl_redisplay_function = { LineEditor.redisplay() } }
            isPainting.store(hasColour, ordering: .relaxed)
            history_comment_char = 0x23
            history_write_timestamps = 1
            history_multiline_entries = 1
            stifle_history(longestHistory)
        }

        /// A key. Ctrl-C ends the wait for it with a line that is empty.
        private static func character(_ stream: UnsafeMutablePointer<FILE>?) -> Int32 {
            let ahead = keysAhead.withLock { $0.popFirst() }
            if let ahead { return Int32(ahead) }
            let descriptor = fileno(stream)
            var held = sigset_t()
            sigemptyset(&held)
            for signal in [SIGINT, SIGWINCH, SIGHUP, SIGTERM] { sigaddset(&held, signal) }
            while true {
                // Held back until the wait itself: one that came just before it would else be seen at the next key.
                var usual = sigset_t()
                pthread_sigmask(SIG_BLOCK, &held, &usual)
                var ready: Int32 = 0
                var failure: Int32 = 0
                if rl_pending_signal() == 0, !Interruption.wasAsked, !Interruption.isEnding {
                    ready = reuse_wait_for_key(descriptor, &usual)
                    failure = ready < 0 ? errno : 0
                }
                pthread_sigmask(SIG_SETMASK, &usual, nil)
                if failure != 0, failure != EINTR { return EOF }
                // Readline puts the terminal in order and sends the signal on to our own handler.
                let signal = rl_pending_signal()
                if signal != 0 { handle(signal) }
                if Interruption.isEnding { return EOF }
                if signal == SIGTSTP {
                    // Back from the shell, which has written here.
                    rl_on_new_line()
                    rl_forced_update_display()
                }
                if Interruption.wasAsked {
                    if isTall.load(ordering: .relaxed) {
                        isEntered.store(true, ordering: .relaxed)
                        paint()
                    }
                    // The cursor is in the last row of the entry, whatever readline believes.
                    rl_crlf()
                    rl_on_new_line()
                    rl_replace_line("", 0)
                    return 10
                }
                guard ready > 0 else { continue }
                var byte: UInt8 = 0
                let count = read(descriptor, &byte, 1)
                if count == 1 {
                    let isPasted = isPasted(byte)
                    if isPasted, byte == 0 {
                        // It would end the text that readline gives back.
                        keysAhead.withLock { $0 = Array("␀".utf8).dropFirst() }
                        return 0xE2
                    }
                    if !isPasted, byte == 0x0D || byte == 0x0A {
                        // An entry that is done stays on the screen without its marks. What came together with its end
                        // is not shown yet.
                        if isPainting.load(ordering: .relaxed) { rl_redisplay() }
                        isEntered.store(true, ordering: .relaxed)
                        paint()
                    }
                    return Int32(byte)
                }
                if count == 0 || (errno != EINTR && errno != EAGAIN) { return EOF }
            }
        }

        /// What stands for a key that readline cannot take.
        private static let keysAhead = Mutex<ArraySlice<UInt8>>([])
        private static let lastKeys = Mutex<(keys: [UInt8], isPasting: Bool)>(([], false))

        /// Whether a key is part of a paste, which the terminal puts between `ESC [200~` and `ESC [201~`.
        private static func isPasted(_ byte: UInt8) -> Bool {
            lastKeys.withLock { last in
                last.keys = last.keys.suffix(5) + [byte]
                if last.keys == Array("\u{1B}[200~".utf8) { last.isPasting = true }
                if last.keys == Array("\u{1B}[201~".utf8) { last.isPasting = false }
                return last.isPasting
            }
        }

        private static func handle(_ signal: Int32) {
            // Readline knows how to clear what a terminal of another size has made of the line, but does so for a display of
            // its own alone.
            let own = rl_redisplay_function
            if signal == SIGWINCH { rl_redisplay_function = rl_redisplay }
            rl_check_signals()
            rl_redisplay_function = own
            if signal == SIGWINCH { own?() }
        }

        /// As readline shows a line, and then in colours. Left to readline alone where it shows something else.
        private static func redisplay() {
            rl_redisplay()
            paint()
        }

        /// Whether the line that is shown is taller than the screen.
        private static let isTall = Atomic<Bool>(false)

        /// Whether it was ended, and only stays on the screen.
        private static let isEntered = Atomic<Bool>(false)

        private static func paint() {
            let isEntered = isEntered.load(ordering: .relaxed)
            let isOrdinary = rl_readline_state & UInt(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG) == 0
            guard isOrdinary, Terminal.canRewrite(STDOUT_FILENO), let buffer = rl_line_buffer,
                let shown = rl_display_prompt, let prompt = rl_prompt,
                strcmp(shown, prompt) == 0, !isOn("horizontal-scroll-mode"), !isOn("show-mode-in-prompt")
            else { return }
            var rows: Int32 = 0
            var columns: Int32 = 0
            rl_get_screen_size(&rows, &columns)
            let hasColour = isPainting.load(ordering: .relaxed)
            let line = PaintedLine(
                text: String(cString: buffer), cursor: Int(rl_point), promptWidth: Int(strlen(prompt)),
                columns: Int(columns), rows: Int(rows), marksBrackets: !isEntered, hasColour: hasColour)
            func show(_ text: String) {
                fflush(rl_outstream)
                Terminal.write(text, to: fileno(rl_outstream))
            }
            if line.isTall {
                isTall.store(!isEntered, ordering: .relaxed)
                return show(line.screen(prompt: String(cString: prompt), atEnd: isEntered))
            }
            if isTall.exchange(false, ordering: .relaxed) {
                // It has become shorter: what readline believes of the screen is no longer so.
                show("\u{1B}[2J\u{1B}[H")
                rl_on_new_line()
                rl_forced_update_display()
            } else if hasColour, let painting = line.painting {
                show(painting)
            }
        }

        private static func isOn(_ variable: String) -> Bool {
            rl_variable_value(variable).map { strcmp($0, "on") == 0 } ?? false
        }

        // MARK: History

        /// Each entry once, at its latest place, and no more of them than are kept.
        private static func readHistory(_ file: String) {
            guard read_history(file) == 0 else {
                // An entry can only be appended to a file that is there.
                let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
                if descriptor >= 0 { Glibc.close(descriptor) }
                return
            }
            var entries: [String] = []
            for place in 0..<max(history_length, 0) {
                guard let entry = history_get(history_base + place), let line = entry.pointee.line else { continue }
                entries.append(String(cString: line))
            }
            var seen: Set<String> = []
            let kept = entries.reversed().filter { seen.insert($0).inserted }.reversed()
            if kept.count == entries.count, kept.count < Int(longestHistory) { return }
            clear_history()
            for entry in kept { add_history(entry) }
            _ = write_history(file)
        }

        private static func dropAlike(_ entry: String) {
            var place = history_length - 1
            while place >= 0 {
                if let known = history_get(history_base + place), let line = known.pointee.line,
                    String(cString: line) == entry, let removed = remove_history(place)
                {
                    free_history_entry(removed)
                }
                place -= 1
            }
        }

        // MARK: Completion

        private static let breaks = Breaks()

        private final class Breaks: @unchecked Sendable {
            // Readline keeps the pointers; they are never written to.
            let names = strdup(" \t\n\"'`()[]{}<>=+-*/^,:;|&!%.")
            let files = strdup(" \t\n\"")
        }

        /// The path before the cursor, and where in the line it begins; nil where no file is named.
        private static func pathBeforeCursor() -> (text: String, start: Int)? {
            guard let buffer = rl_line_buffer else { return nil }
            let bytes = Array(String(cString: buffer).utf8.prefix(Int(rl_point)))
            return Talk.startOfPath(bytes).map { (String(decoding: bytes[$0...], as: UTF8.self), $0) }
        }

        /// Files, whatever blanks are in their paths: readline takes what is behind the last of them for the word, and gets what
        /// stands in place of that.
        private static func completeFile(
            _ path: (text: String, start: Int), _ start: Int
        ) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
            rl_attempted_completion_over = 1
            rl_completion_suppress_append = 1
            let typed = start - path.start
            guard typed >= 0, let list = rl_completion_matches(path.text, rl_filename_completion_function) else {
                return nil
            }
            let isOne = list[1] == nil
            var place = 0
            while let match = list[place] {
                var text = String(cString: match)
                if isOne, Files.isFolder(Talk.expanded(text)), !text.hasSuffix("/") { text += "/" }
                free(match)
                list[place] = strdup(String(decoding: text.utf8.dropFirst(typed), as: UTF8.self))
                place += 1
            }
            return list
        }

        private static func wordBreaks() -> UnsafeMutablePointer<CChar>? {
            pathBeforeCursor() == nil ? breaks.names : breaks.files
        }

        private static func complete(
            _ start: Int, _ end: Int
        ) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
            if let path = pathBeforeCursor() { return completeFile(path, start) }
            rl_attempted_completion_over = 1
            rl_completion_suppress_append = 1
            guard let buffer = rl_line_buffer else { return nil }
            let line = String(cString: buffer)
            let completed = talk.withLock { talk in
                talk?.completion(of: line, at: end, ignoresCase: isOn("completion-ignore-case"))
            }
            guard case .candidates(let completion)? = completed else { return nil }
            var candidates = completion.start == start ? completion.candidates : []
            // Those that are written so, rather than those that could be.
            let word = String(decoding: line.utf8.prefix(end).dropFirst(start), as: UTF8.self)
            let exact = candidates.filter { $0.text.hasPrefix(word) }
            if !exact.isEmpty { candidates = exact }
            found.withLock { $0 = candidates }
            guard let first = candidates.first else { return nil }
            // A field has its value behind it.
            if candidates.count == 1, first.text.hasSuffix(":") { rl_completion_suppress_append = 0 }
            // What all have in common, then each.
            var common = first.text
            for candidate in candidates {
                while !candidate.text.lowercased().hasPrefix(common.lowercased()) { common.removeLast() }
            }
            let texts = [common] + (candidates.count > 1 ? candidates.map(\.text) : [])
            guard
                let list = malloc((texts.count + 1) * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride)?
                    .bindMemory(to: UnsafeMutablePointer<CChar>?.self, capacity: texts.count + 1)
            else { return nil }
            for (place, text) in texts.enumerated() { (list + place).initialize(to: strdup(text)) }
            (list + texts.count).initialize(to: nil)
            return list
        }

        /// Candidates with what they are, one a line; in columns where they are many.
        private static func show(
            _ matches: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int32, _ longest: Int32
        ) {
            let candidates = found.withLock { $0 }
            if pathBeforeCursor() != nil || candidates.count > 40 || candidates.allSatisfy({ $0.detail.isEmpty }) {
                rl_display_match_list(matches, count, longest)
            } else {
                let width = candidates.map { DisplayWidth.of($0.text) }.max() ?? 0
                let room = max(10, Terminal.columns - width - 3)
                var text = "\n"
                for candidate in candidates {
                    let blanks = String(repeating: " ", count: width - DisplayWidth.of(candidate.text))
                    text += candidate.text + blanks + "  " + DisplayWidth.cut(candidate.detail, to: room) + "\n"
                }
                Terminal.write(text, to: STDOUT_FILENO)
            }
            rl_forced_update_display()
        }
    }
#else
    /// Lines as the terminal gives them.
    struct LineEditor {
        static let note: String? =
            "Built without readline: lines can be edited no further than the terminal does, and there is no history."

        init(keepsHistory: Bool, hasColour: Bool) {}

        func line(_ prompt: String, _ talk: Talk) -> String? {
            PlainLines.line(Terminal.isInteractive ? prompt : "")
        }
        func remember(_ entry: String) {}
        func close() {}
    }
#endif
