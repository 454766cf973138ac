/// Projections over every shape, against their formulas.
extension ShapeCommand {
    static let projected = [
        projection("show line.central") { _, line, _ in line.layout },
        projection("show line.central in 2025") { _, line, _ in line.mean(of: 2025).inRows },
        projection("show line.central[2030], line[2022]") { model, line, _ in
            // In 2030, nine years behind the middle of 2021, and 8 as the data say.
            rows(line.picked(.time, 0)) { place in
                let scale = scale(place, model)
                // The band is no wider than nothing at a datum.
                return [.number((5 + 2.5 * 9) * scale), .samples([8 * scale, 8 * scale])]
            }
        },
        // Residuals are 0.5, -1 and 0.5, of a sum of squares of 14; the times lie a year apart.
        projection("show line.fit.slope, line.fit.r2, line.fit.sd, line.fit.slope_se") { model, line, _ in
            rows(line.picked(.time, 0)) { place in
                let scale = scale(place, model)
                return [
                    .number(2.5 * scale), .number(1 - 1.5 / 14), .number(1.5.squareRoot() * scale),
                    .number(0.75.squareRoot() * scale),
                ]
            }
        },
        projection("show grown") { _, _, grown in grown.layout },
        projection("show grown in 2025") { _, _, grown in grown.mean(of: 2025).inRows },
        projection("show total(grown), mean(grown over time)") { model, _, grown in
            let (total, mean) = (grown.total(2024...2026), grown.reduced(.time, Plain.mean))
            return rows(total) { [ExpectedCell(total, at: $0), ExpectedCell(mean, at: $0)] }
        },
        projection("show x * grown in 2026") { model, _, grown in
            model.x.with(grown) { $0 * $1 }.mean(of: 2026).inRows
        },
        comparison("compare baseline, p, main on grown in 2026", with: declarations) { model, policies in
            grown(model, policies).mean(of: 2026)
        },
        attribution("attribute grown in 2025", players: ShapePolicies.named, with: declarations) { model, policies in
            grown(model, policies).mean(of: 2025)
        },
    ]

    /// A line through data, and a growth that goes on from what the model says of a year.
    private static let declarations: @Sendable (ShapeModel) -> String = { model in
        let factors = [ShapeAxis.first, .second].filter(model.shape.axes.contains).map {
            $0 == .first ? " * a" : " * b"
        }
        let data = "data: [2020: 3, 2021: 4, 2022: 8]\(factors.joined()) * 1 phone/yr"
        return """
            projection line { \(data), method: linear() }
            projection grown { \(data), method: compound(rate: 10%/yr, level: x[2025]) }

            """
    }

    /// What all data are multiplied by.
    private static func scale(_ place: ShapePlace, _ model: ShapeModel) -> Double {
        var shape = model.shape
        shape.varies = false
        return ShapeModel(shape, samples: 1).factor(place)
    }

    /// The middle of a step, in years behind the middle of 2020.
    private static func time(_ place: ShapePlace, _ shape: Shape) -> Double {
        2024 - 2020.5 + (Double(place.step) + 0.5) * shape.length
    }

    private static func line(_ model: ShapeModel) -> ShapeField {
        let axes = Set(model.shape.axes).union([.time])
        // By least squares 5 in the middle of 2021.
        return ShapeField(shape: model.shape, axes: axes, samples: 1) {
            (5 + 2.5 * (time($0, model.shape) - 1)) * scale($0, model)
        }
    }

    private static func grown(_ model: ShapeModel, _ policies: ShapePolicies) -> ShapeField {
        model.x(policies).mean(of: 2025).overTime.map { $0 * elevated(1.1, to: time($1, model.shape)) }
    }

    private static func projection(
        _ text: String, _ table: @escaping @Sendable (ShapeModel, ShapeField, ShapeField) -> [ExpectedRow]
    ) -> ShapeCommand {
        ShapeCommand(name: text, text: { declarations($0) + text }) { model in
            [table(model, line(model), grown(model, model.shape.inScenario ? .all : []))]
        }
    }
}
