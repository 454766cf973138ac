// Which instruction set is in force.

#include "ReuseKernels.h"
#include "levels.h"

#if REUSE_THREE_LEVELS

#include <cpuid.h>

int reuse_level = 0;

static int offered = 0;

// Asked of the processor itself, because the compiler's runtime is not linked everywhere.
static int ask_processor(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    const unsigned fma = 1u << 12, system_saves_registers = 1u << 27, avx = 1u << 28;
    const unsigned needed = fma | system_saves_registers | avx;
    if ((c & needed) != needed) return 0;
    unsigned saved, high;
    __asm__ volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
    if ((saved & 0x06) != 0x06) return 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    const unsigned avx2 = 1u << 5;
    if ((b & avx2) == 0) return 0;
    const unsigned f = 1u << 16, dq = 1u << 17, cd = 1u << 28, bw = 1u << 30, vl = 1u << 31;
    const unsigned avx512 = f | dq | cd | bw | vl;
    return (b & avx512) == avx512 && (saved & 0xe6) == 0xe6 ? 2 : 1;
}

__attribute__((constructor)) static void choose_level(void) {
    offered = ask_processor();
    reuse_level = offered;
}

int reuse_kernels_level(void) { return reuse_level; }

int reuse_kernels_set_level(int level) {
    reuse_level = level < 0 ? 0 : level > offered ? offered : level;
    return reuse_level;
}

#else

int reuse_kernels_level(void) { return 0; }

int reuse_kernels_set_level(int level) {
    (void)level;
    return 0;
}

#endif
