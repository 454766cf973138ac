import ReuseModel
import ReuseSyntax
import ReuseTables
import Synchronization

/// What a conversation need not work out again. Copies of a conversation share it.
final class ConversationMemory: Sendable {
    private struct Known {
        var tables: [String: ReuseTables.Table] = [:]
        /// The latest last.
        var replies: [(grounds: String, reply: Conversation.Reply)] = []
        var calibrations: (grounds: String, found: [Calibration])?
    }

    private let known = Mutex(Known())
    private static let mostReplies = 32

    func table(_ key: String) -> ReuseTables.Table? { known.withLock { $0.tables[key] } }
    func keep(_ table: ReuseTables.Table, _ key: String) { known.withLock { $0.tables[key] = table } }

    func reply(_ grounds: String) -> Conversation.Reply? {
        known.withLock { known in known.replies.last { $0.grounds == grounds }?.reply }
    }

    func keep(_ reply: Conversation.Reply, _ grounds: String) {
        known.withLock { known in
            known.replies.removeAll { $0.grounds == grounds }
            if known.replies.count >= Self.mostReplies { known.replies.removeFirst() }
            known.replies.append((grounds, reply))
        }
    }

    func calibrations(_ grounds: String) -> [Calibration]? {
        known.withLock { $0.calibrations?.grounds == grounds ? $0.calibrations?.found : nil }
    }

    func keep(_ found: [Calibration], _ grounds: String) { known.withLock { $0.calibrations = (grounds, found) } }
}

extension Conversation {
    /// All that an answer rests on, as a text: the commands, what they read by whatever way, and how it is run. Answers on
    /// the same grounds are the same. Nil where that is not to be known from texts.
    func grounds(of model: Model, _ script: Script, asked: (Script.Part) -> Bool) -> String? {
        guard model.calibrations.isEmpty, !model.modules.isEmpty else { return nil }
        let parts = script.parts
        var own: [[DeclarationID]] = Array(repeating: [], count: parts.count)
        for place in parts.indices {
            for node in model.modules[place].ids {
                if case .declaration(let id) = model.resolution(node, in: Int32(place)) { own[place].append(id) }
            }
        }
        // Statements that count wherever they stand, and those that only what they patch rests on.
        // The places of a Sobol sequence are dealt out among all draws of a model.
        let isWhole = session.options.sampling == .sobol
        func isGround(_ part: Script.Part) -> Bool {
            switch part.entry.kind {
            case .let, .assume, .stock, .market, .supply, .routeDeclaration, .data, .projection, .policy: asked(part)
            case .solve: true
            default: asked(part) || !part.entry.isCommand
            }
        }
        var isReached = parts.map { isWhole || isGround($0) }
        if zip(parts, isReached).contains(where: { $0.entry.kind == .solve && $1 }) { return nil }
        var targets: [(part: Int, ids: [DeclarationID])] = []
        for patch in model.policies.flatMap(\.patches) + model.scenarios.flatMap(\.patches) {
            if parts.indices.contains(Int(patch.module)), !patch.node.isNone {
                targets.append((Int(patch.module), patch.targets))
            }
        }
        var seen: Set<DeclarationID> = []
        var work: [DeclarationID] = []
        func reach(_ part: Int) {
            isReached[part] = true
            work += own[part]
        }
        for place in parts.indices where isReached[place] { reach(place) }
        while let id = work.popLast() {
            guard seen.insert(id).inserted else { continue }
            work += model.reads(of: id).map(\.target)
            let declaration = model[id]
            let place = Int(declaration.module)
            if parts.indices.contains(place), !declaration.node.isNone, !isReached[place] { reach(place) }
            for (place, ids) in targets where !isReached[place] && ids.contains(id) { reach(place) }
        }
        var text = groundsOfRun
        for (part, isReached) in zip(parts, isReached) where isReached {
            text += asked(part) ? "\0asked\0" : "\0"
            text += part.isAsked ? resolved(part.entry) : part.entry.text
            if let name = part.entry.drawnAs { text += "\0" + name }
        }
        for module in model.modules.dropFirst(model.ownModules.count) where !module.isLibrary {
            guard let source = model.sources.first(where: { $0.id == module.tree.source }) else { return nil }
            text += "\0" + String(decoding: source.bytes, as: UTF8.self)
        }
        return text
    }

    /// How things are run, as far as it changes what comes of it.
    var groundsOfRun: String {
        let options = scenarioSession.options
        return [settingsOfRun, "\(options.isDetailed)", options.scenario ?? "", "\(state.choice)"].joined(
            separator: "\0")
    }

    /// What is set from outside of the model.
    var settingsOfRun: String {
        let options = session.options
        var words = ["\(options.samples)", "\(options.seed)", "\(options.sampling)"]
        words += ["\(options.precision ?? 0)", "\(options.allowedUnsolved)"]
        words += options.settings.map { "\($0.name)=\($0.value)" }
        return words.joined(separator: "\0")
    }
}
