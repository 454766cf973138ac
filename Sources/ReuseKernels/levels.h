// Instruction sets: what is compiled for more than one, and which is in force.
//
// A file that is to be compiled for each includes its body once for each level, between pragmas that let the compiler
// use that level's instructions there and nowhere else. No flag is needed, so that any package may depend on this one.

#ifndef REUSE_LEVELS_H
#define REUSE_LEVELS_H

#define REUSE_HIDDEN __attribute__((visibility("hidden")))

// Elsewhere (arm64, WebAssembly) what the compiler is told to assume is what is used.
#if defined(__x86_64__)
#define REUSE_THREE_LEVELS 1
#define REUSE_TARGET_V3 "avx2,fma"
#define REUSE_TARGET_V4 "avx2,fma,avx512f,avx512dq,avx512vl,avx512bw,avx512cd"
#else
#define REUSE_THREE_LEVELS 0
#endif

#if REUSE_THREE_LEVELS

/// 0, 1 or 2, chosen before main. Code that runs earlier still may see 0: it gets the same results from slower code.
extern REUSE_HIDDEN int reuse_level;

#define REUSE_CHOOSE(name, ...) \
    (reuse_level == 2   ? name##_v4(__VA_ARGS__) \
     : reuse_level == 1 ? name##_v3(__VA_ARGS__) \
                        : name##_plain(__VA_ARGS__))

#else

#define REUSE_CHOOSE(name, ...) name##_plain(__VA_ARGS__)

#endif

#endif
