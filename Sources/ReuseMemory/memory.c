#define _DEFAULT_SOURCE
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>

#if defined(__linux__) && defined(__GLIBC__)
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

void reuse_expect_memory(size_t bytes) {
    const size_t large_page = (size_t)2 << 20;
    if (bytes > (size_t)1 << 30) bytes = (size_t)1 << 30;
    // All arrays on the heap, where one that was freed makes room for the next.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most that is allowed
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, (int)bytes);
    // More than is free now, so that the heap grows here and now, by that and the padding.
    void *first = malloc(large_page);
    char *end = sbrk(0);
    mallopt(M_TOP_PAD, (int)(bytes / 4));
    if (first && end != (char *)-1) {
        uintptr_t start = ((uintptr_t)first + large_page - 1) / large_page * large_page;
        if ((uintptr_t)end > start) madvise((void *)start, (uintptr_t)end - start, MADV_HUGEPAGE);
    }
    free(first);
}
#else
void reuse_expect_memory(size_t bytes) { (void)bytes; }
#endif
