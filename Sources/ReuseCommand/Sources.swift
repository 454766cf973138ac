import ArgumentParser
import Reuse

/// `reuse sources FILE...`.
struct Sources: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sources",
        abstract: "Print the register of inputs: values, ranges, sources, and where each is used.",
        discussion: "A file named - is standard input.")

    @Argument(help: ArgumentHelp("Scripts.", valueName: "file"))
    var files: [String]

    @OptionGroup var model: ModelOptions
    @OptionGroup var access: AccessOptions
    @OptionGroup var printing: PrintOptions

    func run() throws {
        var session = Session(options: model.options)
        let printer = Printer(style: printing.style)
        var worst = ExitStatus.fine
        for path in files {
            let register: Register
            let outcome: Outcome
            session.files = access.files(for: path)
            switch Script.read(path) {
            case .script(let script):
                let answer = session.register(script.bytes, name: script.name)
                register = answer.register
                outcome = Outcome(script.name, answer.result)
            case .unreadable(let unreadable):
                register = Register(entries: [])
                outcome = unreadable
            }
            printer.print(register, outcome)
            worst = max(worst, outcome.status)
        }
        try worst.leave()
    }
}
