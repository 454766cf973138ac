#ifndef REUSE_LIBRARY_H
#define REUSE_LIBRARY_H

#include <stddef.h>

/// One file of the standard library. `bytes` is not NUL-terminated.
struct reuse_library_file {
    const char *name;
    const unsigned char *bytes;
    size_t count;
};

/// How many files there are.
size_t reuse_library_count(void);
/// File `index`, in alphabetical order of their names; NULL outside 0 ..< count.
const struct reuse_library_file *reuse_library_file(size_t index);

#endif
