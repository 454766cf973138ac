import ReuseModel
import ReuseSyntax

/// The units of a model, by what they measure.
extension Conversation {
    /// What the base units of every script measure, by the words that somebody may ask with.
    private static let dimensions: [(words: [String], unit: String)] = [
        (["time"], "yr"), (["mass", "weight"], "kg"), (["length", "distance"], "metre"), (["energy"], "MJ"),
        (["money", "currency"], "USD"), (["emissions", "carbon", "CO2e"], "kgCO2e"), (["transport", "freight"], "tkm"),
    ]
    /// Words for dimensions, the first of each.
    static let dimensionWords = dimensions.map { $0.words[0] }

    /// Units with their definitions: all, or those of a dimension, which is said by a word such as `mass`, or by a unit, as
    /// `USD/phone`.
    public mutating func units(of dimension: String) -> Reply {
        withRoomToRecurse {
            var copy = self
            if currentModel() == nil { copy.state = State() }
            guard let model = copy.currentModel() else { return Reply() }
            if dimension.isEmpty { return Reply(rows: rows(of: units(in: model), in: model)) }
            let known = units(in: model).map { model.name($0) }
            let unit =
                Self.dimensions.first { $0.words.contains(dimension) && !known.contains(dimension) }?.unit ?? dimension
            if ["1", "%"].contains(dimension) {
                return Reply(notes: ["a pure number has no unit; a share is written `5%`"])
            }
            let wanted: String
            if let id = lookup(unit, in: model), model[id].kind == .unit {
                wanted = words(model.types.shape(model[id].type), in: model)
            } else if Self.isName(dimension) {
                return unknown("unit or dimension", dimension, among: Self.dimensionWords + known)
            } else {
                // Of several: `USD/phone`, `1/yr`.
                let startsWithNumber = dimension.unicodeScalars.first.map { ("0"..."9").contains($0) } ?? false
                let found: (model: Model, module: Int32, node: NodeID)
                switch copy.checked(startsWithNumber ? dimension : "1 " + dimension, for: ":units") {
                case .success(let checked): found = checked
                case .failure(let problem):
                    let reason = problem.reply.diagnostics.first.map { ": " + $0.message } ?? ""
                    return Reply(notes: ["`\(dimension)` is no unit\(reason); write one as `kg` or `USD/phone`"])
                }
                // Types have numbers of their own in each model.
                let type = found.model.type(of: found.node, in: found.module)
                wanted = words(found.model.types.shape(type), in: found.model)
            }
            let fitting = units(in: model).filter { words(model.types.shape(model[$0].type), in: model) == wanted }
            if fitting.isEmpty { return Reply(notes: ["no unit has a name for \(dimension)"]) }
            return Reply(rows: rows(of: fitting, in: model))
        }
    }

    private func rows(of units: [DeclarationID], in model: Model) -> [(name: String, text: String)] {
        units.map { id in
            let declaration = model[id]
            var text =
                declaration.value.isNone
                ? "a base unit" : "= " + model.text(declaration.value, in: declaration.valueModule)
            if let line = docs(of: id, in: model).first { text += "   " + line }
            return (model.name(id), text)
        }
    }

    private func units(in model: Model) -> [DeclarationID] {
        names(in: model).filter { model[$0].kind == .unit }.sorted { model.name($0) < model.name($1) }
    }

    private static func isName(_ text: String) -> Bool { !text.contains { " /*^()+-.".contains($0) } }
}
