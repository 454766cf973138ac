#ifndef IPOPT_TWIN_H
#define IPOPT_TWIN_H

/// A trade model without tariffs as the optimisation problem that it then is, solved by Ipopt: markets with isoelastic
/// demand and supply, and a route from each to each. Arrays have a number a market; cost and capacity one a pair.
/// Writes the price of each market. Returns 0 where Ipopt found an optimum.
int ipopt_twin(int markets, const double *demand, const double *demandPrice, const double *demandElasticity,
               const double *supply, const double *supplyPrice, const double *supplyElasticity, const double *cost,
               const double *capacity, double *price);

#endif
