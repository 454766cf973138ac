import ReuseCore
import ReuseModel
import ReuseSyntax

/// What fails inside a function is told with the call in the script.
extension Model {
    /// A diagnostic with the calls by which its place was come to, outermost first.
    ///
    /// In the user's own text both places are named: what failed, then the calls. What fails in a function of the library is
    /// first of all the call that the user wrote.
    package func naming(_ calls: [Place], in diagnostic: Diagnostic) -> Diagnostic {
        guard let primary = diagnostic.primary, !calls.isEmpty else { return diagnostic }
        let own = calls.compactMap { call -> Location? in
            guard let found = node(at: call), !modules[Int(found.module)].isLibrary else { return nil }
            return location(of: call)
        }
        var result = diagnostic
        var shown = [primary.location]
        func add(_ call: Location?) {
            // A call around what failed, such as one that hands on the function that fails, is seen as it is.
            guard let call, !shown.contains(where: { call.contains($0) }) else { return }
            shown.append(call)
            result.secondary.append(Diagnostic.Label(call, "called here"))
        }
        let isLibrary = isLibrary(primary.location.source)
        if isLibrary, let call = own.last {
            result.primary = Diagnostic.Label(call, "in this call")
            // What `fail` says is the whole of it.
            if diagnostic.kind != .failed { result.secondary.insert(primary, at: 0) }
            shown.append(call)
            add(own.first)
        } else {
            add(own.last)
            add(own.first)
        }
        return result
    }
}

extension Location {
    fileprivate func contains(_ other: Location) -> Bool {
        source == other.source && span.start <= other.span.start && other.span.end <= span.end
    }
}
