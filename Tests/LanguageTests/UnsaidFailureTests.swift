import Reuse
import ReuseCore
import ReuseModel
import ReuseSyntax
import Testing

@testable import ReuseEngine

/// A value that cannot be computed is never shown as nothing: where all else is silent, the last check of lowering speaks.
@Suite struct UnsaidFailureTests {
    /// A script, lowered as if something in it had failed with nothing said.
    private func lowered(_ text: String, _ fail: (inout Lowering, Model) -> Void) throws -> [Diagnostic] {
        let library = Dictionary(Session.library.map { ($0.name, $0.text) }, uniquingKeysWith: { first, _ in first })
        let checked = check(
            ModelInput(
                text: Array(text.utf8), name: "-", isFile: false, libraryNames: Session.library.map(\.name),
                library: { library[$0] }, readFile: { _ in .closed }))
        try #require(checked.diagnostics.isEmpty)
        let model = checked.model
        let requests = model.commands.map { command in
            QueryRequest.expression(
                module: command.module, node: model.tree(command.module).show(command.node).values[0])
        }
        var lowering = Lowering(Core(model), ScenarioSet(of: model), seed: 1)
        lowering.lowerModel(requests)
        try #require(lowering.diagnostics.isEmpty)
        fail(&lowering, model)
        lowering.reportUnsaidFailures(requests)
        return lowering.diagnostics
    }

    private let script = "assume a = 1 to 2\nlet x = a * 3\nshow x + 1"

    @Test("where nothing failed, nothing is said")
    func silence() throws { #expect(try lowered(script) { _, _ in }.isEmpty) }

    @Test("a definition without code is an error where it stands")
    func definitions() throws {
        let found = try lowered(script) { lowering, model in
            for index in model.declarations.indices where model.name(DeclarationID(Int32(index))) == "x" {
                lowering.program.definitions[lowering.program.ofDeclaration[index]].kind = .invalid
            }
        }
        #expect(found.map(\.message) == ["this version finds no way to compute this"])
        #expect(found.first?.kind == .notAvailable && found.first?.severity == .error)
        let span = try #require(found.first?.primary?.location.span)
        #expect(Array(script.utf8)[Int(span.start)..<Int(span.end)].elementsEqual("a * 3".utf8))
    }

    @Test("something asked for that has no definition is an error where it stands")
    func queries() throws {
        let found = try lowered(script) { lowering, _ in lowering.program.queries[0].definition = -1 }
        #expect(found.map(\.kind) == [.notAvailable])
        let span = try #require(found.first?.primary?.location.span)
        #expect(Array(script.utf8)[Int(span.start)..<Int(span.end)].elementsEqual("x + 1".utf8))
    }

    @Test("where something was said, nothing is added")
    func said() throws {
        let found = try lowered(script) { lowering, _ in
            _ = lowering.report(.twoTimes(at: lowering.location(Place(0))))
            lowering.program.queries[0].definition = -1
        }
        #expect(found.map(\.message) == ["a value is read at one time"])
    }
}
