import ReuseModel

extension ClearedResult {
    /// What it is, in a line.
    var summary: String {
        switch self {
        case .price: "what a unit costs there, before its `vat`, `tax` and `subsidy`"
        case .consumption: "what buyers take there"
        case .supplied: "what suppliers offer there"
        case .imports: "what arrives there from other markets"
        case .exports: "what leaves it for other markets"
        case .spending: "what buyers pay in all, with `vat` and `tax` and less `subsidy`"
        case .taxRevenue: "what `vat` and `tax` bring in"
        case .consumerSurplus:
            "the area under the demand between what buyers pay and the reference price: its differences count, between scenarios that leave the demand as it is"
        case .quotaRent: "the price of an import quota, for each unit"
        case .unsold: "what is left over where the price falls to 0"
        case .welfare: "surpluses, rents and public revenue that count there"
        case .totalWelfare:
            "all surpluses, rents and public revenue, less all subsidies; its differences count, as those of `consumer_surplus`"
        case .collected: "what is collected"
        case .offered: "what of it can be sold"
        case .rejected: "what of it cannot"
        case .revenue: "what is offered, at the prices of its markets"
        case .levyRevenue: "what the `levy` brings in"
        case .producerSurplus: "the area above the supply, up to what a supplier earns for each"
        case .flow: "what goes over it"
        case .arrived: "what of it arrives"
        case .value: "what goes over it, at the price where it starts"
        case .landedValue: "what arrives, at the price where it ends"
        case .freight: "the cost of all that goes over it"
        case .tariffRevenue: "what `tariff` and `duty` bring in"
        case .exportTaxRevenue: "what `export_tax` brings in"
        case .rent: "what a unit more of capacity would be worth"
        }
    }
}
