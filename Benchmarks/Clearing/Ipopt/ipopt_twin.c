#include "ipopt_twin.h"
#include <IpStdCInterface.h>
#include <math.h>
#include <stdlib.h>

typedef struct {
    int n, routes;
    const double *q, *p, *e, *v, *r, *s, *cost;
    int *from, *to;
} Model;

/* Variables: demands, supplies, flows. */
static double area(double x, double quantity, double price, double elasticity) {
    double k = 1 + 1 / elasticity;
    return fabs(k) < 1e-9 ? price * quantity * log(x / quantity) : price * quantity / k * pow(x / quantity, k);
}

static Bool objective(Index n, Number *x, Bool new_x, Number *value, UserDataPtr data) {
    (void)n; (void)new_x;
    Model *m = data;
    double sum = 0;
    for (int i = 0; i < m->n; i++)
        sum += area(x[m->n + i], m->v[i], m->r[i], m->s[i]) - area(x[i], m->q[i], m->p[i], m->e[i]);
    for (int r = 0; r < m->routes; r++) sum += m->cost[r] * x[2 * m->n + r];
    *value = sum;
    return TRUE;
}

static Bool gradient(Index n, Number *x, Bool new_x, Number *g, UserDataPtr data) {
    (void)n; (void)new_x;
    Model *m = data;
    for (int i = 0; i < m->n; i++) {
        g[i] = -m->p[i] * pow(x[i] / m->q[i], 1 / m->e[i]);
        g[m->n + i] = m->r[i] * pow(x[m->n + i] / m->v[i], 1 / m->s[i]);
    }
    for (int r = 0; r < m->routes; r++) g[2 * m->n + r] = m->cost[r];
    return TRUE;
}

static Bool constraints(Index n, Number *x, Bool new_x, Index rows, Number *g, UserDataPtr data) {
    (void)n; (void)new_x; (void)rows;
    Model *m = data;
    for (int i = 0; i < m->n; i++) g[i] = x[m->n + i] - x[i];
    for (int r = 0; r < m->routes; r++) {
        g[m->from[r]] -= x[2 * m->n + r];
        g[m->to[r]] += x[2 * m->n + r];
    }
    return TRUE;
}

static Bool jacobian(Index n, Number *x, Bool new_x, Index rows, Index count, Index *row, Index *column,
                     Number *values, UserDataPtr data) {
    (void)n; (void)x; (void)new_x; (void)rows; (void)count;
    Model *m = data;
    int k = 0;
    for (int i = 0; i < m->n; i++) {
        if (values) { values[k++] = -1; values[k++] = 1; continue; }
        row[k] = i; column[k++] = i;
        row[k] = i; column[k++] = m->n + i;
    }
    for (int r = 0; r < m->routes; r++) {
        if (values) { values[k++] = -1; values[k++] = 1; continue; }
        row[k] = m->from[r]; column[k++] = 2 * m->n + r;
        row[k] = m->to[r]; column[k++] = 2 * m->n + r;
    }
    return TRUE;
}

static Bool hessian(Index n, Number *x, Bool new_x, Number factor, Index rows, Number *lambda, Bool new_lambda,
                    Index count, Index *row, Index *column, Number *values, UserDataPtr data) {
    (void)n; (void)new_x; (void)rows; (void)lambda; (void)new_lambda; (void)count;
    Model *m = data;
    for (int i = 0; i < 2 * m->n; i++) {
        if (!values) { row[i] = i; column[i] = i; continue; }
        int d = i < m->n, j = d ? i : i - m->n;
        double quantity = d ? m->q[j] : m->v[j], price = d ? m->p[j] : m->r[j], e = d ? m->e[j] : m->s[j];
        values[i] = factor * (d ? -1 : 1) * price / (e * quantity) * pow(x[i] / quantity, 1 / e - 1);
    }
    return TRUE;
}

int ipopt_twin(int markets, const double *demand, const double *demandPrice, const double *demandElasticity,
               const double *supply, const double *supplyPrice, const double *supplyElasticity, const double *cost,
               const double *capacity, double *price) {
    int routes = markets * (markets - 1), n = 2 * markets + routes;
    Model m = {markets, routes, demand, demandPrice, demandElasticity, supply, supplyPrice, supplyElasticity, cost, 0, 0};
    m.from = malloc(sizeof(int) * routes);
    m.to = malloc(sizeof(int) * routes);
    double *low = malloc(sizeof(double) * n), *high = malloc(sizeof(double) * n), *x = malloc(sizeof(double) * n);
    double *zero = calloc(markets, sizeof(double)), *dual = malloc(sizeof(double) * markets);
    int k = 0;
    for (int i = 0; i < markets; i++)
        for (int j = 0; j < markets; j++)
            if (i != j) { m.from[k] = i; m.to[k++] = j; }
    for (int i = 0; i < n; i++) {
        low[i] = i < 2 * markets ? 1e-6 : 0;
        high[i] = i < 2 * markets ? 2e19 : (capacity[i - 2 * markets] < 1e18 ? capacity[i - 2 * markets] : 2e19);
        x[i] = i < markets ? demand[i] : i < 2 * markets ? supply[i - markets] : 0.1;
    }
    IpoptProblem problem = CreateIpoptProblem(n, low, high, markets, zero, zero, 2 * markets + 2 * routes, 2 * markets, 0,
                                              objective, constraints, gradient, jacobian, hessian);
    AddIpoptIntOption(problem, "print_level", 0);
    AddIpoptStrOption(problem, "sb", "yes");
    AddIpoptNumOption(problem, "tol", 1e-10);
    AddIpoptStrOption(problem, "jac_c_constant", "yes");
    double value;
    int status = IpoptSolve(problem, x, 0, &value, dual, 0, 0, &m);
    for (int i = 0; i < markets; i++) price[i] = -dual[i];
    FreeIpoptProblem(problem);
    free(m.from); free(m.to); free(low); free(high); free(x); free(zero); free(dual);
    return status;
}
