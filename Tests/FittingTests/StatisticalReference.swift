import Foundation

/// A set of the Statistical Reference Datasets of NIST: data, two starts and what was certified.
struct StatisticalReference {
    var name: String
    var starts: [[Double]]
    var parameters: [Double]
    var deviations: [Double]
    var rss: Double
    var y: [Double] = []
    /// By predictor.
    var x: [[Double]] = []

    init(name: String, text: String) {
        self.name = name
        var rows: [(starts: [Double], value: Double, deviation: Double)] = []
        var rss = 0.0
        var isData = false
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            if isData {
                let numbers = words.compactMap { Double($0) }
                guard numbers.count == words.count, numbers.count >= 2 else { continue }
                y.append(numbers[0])
                for (place, number) in numbers.dropFirst().enumerated() {
                    if x.count <= place { x.append([]) }
                    x[place].append(number)
                }
            } else if words.count >= 6, words[0].first == "b", words[1] == "=" {
                let numbers = words.dropFirst(2).compactMap { Double($0) }
                if numbers.count == 4 { rows.append(([numbers[0], numbers[1]], numbers[2], numbers[3])) }
            } else if line.hasPrefix("Residual Sum of Squares:") {
                rss = Double(words[4]) ?? .nan
            } else if line.hasPrefix("Data:"), words.count >= 3, words[1] == "y" {
                isData = true
            }
        }
        starts = [rows.map { $0.starts[0] }, rows.map { $0.starts[1] }]
        parameters = rows.map { $0.value }
        deviations = rows.map { $0.deviation }
        self.rss = rss
    }

    /// What the model of the set gives at observation `i`.
    func value(_ b: [Double], _ i: Int) -> Double {
        let x = self.x[0][i]
        switch name {
        case "Misra1a", "BoxBOD": return b[0] * (1 - exp(-b[1] * x))
        case "Misra1b": return b[0] * (1 - pow(1 + b[1] * x / 2, -2))
        case "Misra1c": return b[0] * (1 - pow(1 + 2 * b[1] * x, -0.5))
        case "Misra1d": return b[0] * b[1] * x / (1 + b[1] * x)
        case "Chwirut2": return exp(-b[0] * x) / (b[1] + b[2] * x)
        case "DanWood": return b[0] * pow(x, b[1])
        case "Lanczos1", "Lanczos2", "Lanczos3":
            return b[0] * exp(-b[1] * x) + b[2] * exp(-b[3] * x) + b[4] * exp(-b[5] * x)
        case "Gauss1", "Gauss3":
            let first = (x - b[3]) / b[4]
            let second = (x - b[6]) / b[7]
            return b[0] * exp(-b[1] * x) + b[2] * exp(-first * first) + b[5] * exp(-second * second)
        case "MGH09": return b[0] * (x * x + x * b[1]) / (x * x + x * b[2] + b[3])
        case "MGH10": return b[0] * exp(b[1] / (x + b[2]))
        case "MGH17": return b[0] + b[1] * exp(-x * b[3]) + b[2] * exp(-x * b[4])
        case "Kirby2": return (b[0] + b[1] * x + b[2] * x * x) / (1 + b[3] * x + b[4] * x * x)
        case "Hahn1", "Thurber":
            let above = b[0] + x * (b[1] + x * (b[2] + x * b[3]))
            return above / (1 + x * (b[4] + x * (b[5] + x * b[6])))
        case "ENSO":
            let year = 2 * Double.pi * x / 12
            let first = 2 * Double.pi * x / b[3]
            let second = 2 * Double.pi * x / b[6]
            return b[0] + b[1] * cos(year) + b[2] * sin(year) + b[4] * cos(first) + b[5] * sin(first)
                + b[7] * cos(second) + b[8] * sin(second)
        case "Roszman1": return b[0] - b[1] * x - atan(b[2] / (x - b[3])) / .pi
        case "Nelson": return b[0] - b[1] * x * exp(-b[2] * self.x[1][i])
        case "Rat42": return b[0] / (1 + exp(b[1] - b[2] * x))
        case "Rat43": return b[0] / pow(1 + exp(b[1] - b[2] * x), 1 / b[3])
        case "Eckerle4":
            let distance = (x - b[2]) / b[1]
            return b[0] / b[1] * exp(-0.5 * distance * distance)
        case "Bennett5": return b[0] * pow(b[1] + x, -1 / b[2])
        default: return .nan
        }
    }

    func residual(_ b: [Double], _ i: Int) -> Double { value(b, i) - (name == "Nelson" ? log(y[i]) : y[i]) }
}
