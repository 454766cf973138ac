import ReuseSyntax

/// Routes that were declared together, `A -> B, C`, and of which one is entered anew or taken out.
extension Conversation {
    /// Where a route statement leads from and to; nil for any other statement.
    static func ends(of entry: Entry) -> (from: String, to: [String])? {
        guard let (names, texts) = routeNames(of: entry), let from = texts.first, names.count > 1 else { return nil }
        return (from, Array(texts.dropFirst()))
    }

    /// The same statement for some of its destinations.
    static func route(_ entry: Entry, to destinations: [String]) -> Entry {
        guard let (names, texts) = routeNames(of: entry), let from = texts.first, names.count > 1 else { return entry }
        let list = destinations.joined(separator: ", ")
        var result = entry.replacing([names[1].joined(with: names[names.count - 1])], with: list)
        result.key = from + " -> " + list
        result.title = "route " + result.key
        return result
    }

    /// Takes what a new route leads to out of the routes that were there. Gives what they said of it, and the place of
    /// one that has nothing left, for the new one to stand in.
    static func makeRoom(for new: Entry, in entries: inout [Entry]) -> (old: [Entry], place: Int?) {
        guard let (from, to) = ends(of: new) else { return ([], nil) }
        var old: [Entry] = []
        var place: Int?
        for number in entries.indices.reversed() {
            guard let known = ends(of: entries[number]), known.from == from else { continue }
            let common = known.to.filter(to.contains)
            if common.isEmpty { continue }
            old.append(route(entries[number], to: common))
            let rest = known.to.filter { !common.contains($0) }
            if rest.isEmpty {
                entries.remove(at: number)
                place = number
            } else {
                entries[number] = route(entries[number], to: rest)
            }
        }
        return (old, place)
    }

    /// A route by its path, `A -> C` or `route A -> C`, that was declared together with others, and those without it.
    func groupOfRoute(_ words: String) -> (place: Int, rest: Entry, route: String)? {
        let path = words.hasPrefix("route ") ? String(words.dropFirst(6)) : words
        for (place, entry) in state.entries.enumerated() {
            guard let (from, to) = Self.ends(of: entry), to.count > 1 else { continue }
            let rest = to.filter { "\(from) -> \($0)" != path }
            if rest.count == to.count - 1 { return (place, Self.route(entry, to: rest), path) }
        }
        return nil
    }

    /// The names in a route statement, by their places in its text.
    private static func routeNames(of entry: Entry) -> (spans: [Span], texts: [String])? {
        guard entry.kind == .routeDeclaration else { return nil }
        let routes = entry.tree.routes(entry.statement)
        let names = [routes.from] + routes.to
        return (names.map { entry.tree[$0].span }, names.map { entry.origin.name($0) })
    }
}
