#ifndef REUSE_ERRORS_H
#define REUSE_ERRORS_H

#include <stddef.h>

/// The pages of `errors` in the order of their codes, each beginning with its heading. Not NUL-terminated.
const unsigned char *reuse_errors_text(size_t *count);

#endif
