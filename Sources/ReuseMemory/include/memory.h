#ifndef REUSE_MEMORY_H
#define REUSE_MEMORY_H

#include <stddef.h>

/// Gets the heap ready for about so many bytes, in large pages where the system has them: a model of a large text is made
/// of arrays that grow, and without it a third of the time goes into page faults. A hint, for a process that is ours alone.
void reuse_expect_memory(size_t bytes);

#endif
