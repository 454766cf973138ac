import ReuseCore
import ReuseEngine
import ReuseModel
import ReuseSyntax

/// What a run's options mean for the engine.
extension Options {
    /// What a host asks for and cannot be had; nil where there is nothing.
    var problem: Diagnostic? {
        Self.sampleCounts.contains(samples) ? nil : .wrongSampleCount(samples, Self.sampleCounts)
    }

    /// `isCancelled`, asked where the host expects it.
    var isCancelledByHost: @Sendable () -> Bool {
        let isCancelled = isCancelled
        return { askingHost(isCancelled) }
    }

    private var progressForHost: (@Sendable (RunProgress) -> Void)? {
        guard let progress else { return nil }
        return { now in askingHost { progress(now) } }
    }

    /// What is wanted of a model, lowered for a run.
    func lower(
        _ core: Core, _ scenarios: ScenarioSet, _ requests: [QueryRequest], hasMainScenario: Bool = true
    ) -> LoweredModel {
        ReuseEngine.lower(
            core, scenarios, queries: requests, seed: seed, memory: limits.memory, hasMainScenario: hasMainScenario,
            isCancelled: isCancelledByHost)
    }

    /// A run over samples.
    func run(samples: Int) -> RunSettings {
        var settings = RunSettings(
            samples: min(max(samples, Self.sampleCounts.lowerBound), Self.sampleCounts.upperBound), seed: seed)
        settings.sampling = sampling
        settings.limits = limits
        settings.isCancelled = isCancelledByHost
        settings.workforce = Threads.workforce(threads: threads, progress: progressForHost)
        return settings
    }

    /// One run in which every draw is its median.
    var central: RunSettings {
        var settings = RunSettings(seed: seed)
        settings.limits = limits
        settings.isCancelled = isCancelledByHost
        settings.isCentral = true
        return settings
    }

    /// The corners of the intervals for which printed figures stand.
    func corners(_ count: Int) -> RunSettings {
        var settings = RunSettings(samples: count, seed: 0)
        settings.limits = limits
        settings.isCancelled = isCancelledByHost
        return settings
    }
}
