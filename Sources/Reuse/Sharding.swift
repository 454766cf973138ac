import ReuseEngine
import ReuseModel
import ReuseSyntax

/// Runs that are shared out among processes or machines.
extension Session {
    /// Computes one shard of a run; the part is nil where the result says why.
    public func run(_ text: [UInt8], name: String, shard: Shard) -> (part: Part?, result: RunResult) {
        withRoomToRecurse {
            let checked = calibrated(text, name: name).checked
            if checked.diagnostics.contains(where: { $0.severity == .error }) { return (nil, RunResult([], checked)) }
            var runner = Runner(model: checked.model, options: options)
            let partial = runner.runShard(shard)
            let result = RunResult(
                outputs: [], diagnostics: checked.diagnostics + runner.diagnostics, sources: checked.model.sources)
            guard let partial else { return (nil, result) }
            let part = Part(
                script: fingerprint(checked.model), samples: options.samples, seed: options.seed,
                sampling: options.sampling.rawValue, scenario: options.scenario ?? "",
                settings: options.settings.map { "\($0.name)=\($0.value)" }, shard: shard, result: partial)
            return (part, result)
        }
    }

    /// Joins the parts of a run: the result is that of a whole run, to the bit. Samples, seed, scenario and settings are
    /// those of the parts. `names` are those of their files, for messages.
    public func merge(_ text: [UInt8], name: String, parts: [Part], names: [String]) -> RunResult {
        withRoomToRecurse {
            var session = self
            if let first = parts.first {
                session.options.samples = first.samples
                session.options.seed = first.seed
                session.options.sampling = Sampling(rawValue: first.sampling) ?? options.sampling
                session.options.scenario = first.scenario.isEmpty ? nil : first.scenario
                session.options.settings = first.settings.map { setting in
                    let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
                }
            }
            // Of another script the settings would hardly make sense.
            if !session.options.settings.isEmpty {
                let plain = self.calibrated(text, name: name).checked
                if !plain.diagnostics.contains(where: { $0.severity == .error }),
                    let problem = Part.problem(parts, names: names, script: fingerprint(plain.model))
                {
                    return RunResult(outputs: [], diagnostics: [.wrongPart(problem)], sources: plain.model.sources)
                }
            }
            let (checked, calibrations) = session.calibrated(text, name: name)
            if checked.diagnostics.contains(where: { $0.severity == .error }) { return RunResult([], checked) }
            func refused(_ problem: String) -> RunResult {
                RunResult(
                    outputs: [], diagnostics: checked.diagnostics + [.wrongPart(problem)],
                    sources: checked.model.sources)
            }
            if let problem = Part.problem(parts, names: names, script: fingerprint(checked.model)) {
                return refused(problem)
            }
            var runner = Runner(model: checked.model, options: session.options)
            runner.parts = (parts, names)
            runner.calibrations = calibrations
            runner.run()
            return RunResult(checked, runner)
        }
    }

    /// Of all texts of a model.
    private func fingerprint(_ model: Model) -> UInt64 {
        var bytes: [UInt8] = []
        for source in model.sources where !source.name.hasPrefix("--set ") {
            bytes += source.bytes
            bytes.append(0)
        }
        return Part.checksum(bytes[...])
    }
}

extension Diagnostic {
    static func wrongPart(_ problem: String) -> Diagnostic {
        Diagnostic(
            .wrongPart, problem, at: nil,
            help: ["join all shards of one run: `reuse merge model.reuse model.reuse.*.part`"])
    }
}
