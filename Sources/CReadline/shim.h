// The readline of the system, for the prompt alone. Its headers need FILE, which they do not ask for themselves.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <readline/readline.h>
#include <readline/history.h>

// Waits until something can be read, or a signal comes; under these signals, in one step. Swift does not see the macros.
static inline int reuse_wait_for_key(int descriptor, const sigset_t *signals) {
    fd_set descriptors;
    FD_ZERO(&descriptors);
    FD_SET(descriptor, &descriptors);
    return pselect(descriptor + 1, &descriptors, NULL, NULL, NULL, signals);
}
