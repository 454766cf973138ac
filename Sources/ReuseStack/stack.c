// The system's names beside those of C: MAP_ANONYMOUS, pthread_getattr_np.
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE
#include "ReuseStack.h"

#include <stdbool.h>

// MARK: Calling a function on another stack

#if defined(__APPLE__)
#define NAME "_reuse_stack_switch"
#define HIDDEN ".private_extern " NAME "\n"
#else
#define NAME "reuse_stack_switch"
#define HIDDEN ".hidden " NAME "\n .type " NAME ", %function\n"
#endif

/// Calls `work(context)` with the stack pointer at `top`, and comes back; `left` is where the caller's stack had grown to.
/// The frame pointer stays the caller's, so that debuggers and profilers see through it.
void reuse_stack_switch(void *top, void (*work)(void *), void *context, uintptr_t *left);

#if defined(__x86_64__) && !defined(_WIN32)
#define CAN_SWITCH 1
__asm__(".text\n .globl " NAME "\n" HIDDEN " .p2align 4\n" NAME
        ":\n"
        " .cfi_startproc\n"
        " pushq %rbp\n"
        " .cfi_def_cfa_offset 16\n"
        " .cfi_offset %rbp, -16\n"
        " movq %rsp, %rbp\n"
        " .cfi_def_cfa_register %rbp\n"
        " movq %rsp, (%rcx)\n"
        " movq %rdi, %rsp\n"
        " movq %rdx, %rdi\n"
        " callq *%rsi\n"
        " movq %rbp, %rsp\n"
        " popq %rbp\n"
        " .cfi_def_cfa %rsp, 8\n"
        " retq\n"
        " .cfi_endproc\n");
#elif defined(__aarch64__) && !defined(_WIN32)
#define CAN_SWITCH 1
__asm__(".text\n .globl " NAME "\n" HIDDEN " .p2align 4\n" NAME
        ":\n"
        " .cfi_startproc\n"
        " stp x29, x30, [sp, #-16]!\n"
        " .cfi_def_cfa_offset 16\n"
        " .cfi_offset w30, -8\n"
        " .cfi_offset w29, -16\n"
        " mov x29, sp\n"
        " .cfi_def_cfa w29, 16\n"
        " str x29, [x3]\n"
        " mov sp, x0\n"
        " mov x0, x2\n"
        " blr x1\n"
        " mov sp, x29\n"
        " .cfi_def_cfa wsp, 16\n"
        " ldp x29, x30, [sp], #16\n"
        " .cfi_def_cfa_offset 0\n"
        " .cfi_restore w30\n"
        " .cfi_restore w29\n"
        " ret\n"
        " .cfi_endproc\n");
#else
#define CAN_SWITCH 0
#endif

#if defined(__linux__) || defined(__APPLE__)

#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#if defined(__linux__)
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#endif

// The address sanitizer wants to be told.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
void __sanitizer_start_switch_fiber(void **saved, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *saved, const void **bottom, size_t *size);
#endif
#endif

struct bounds {
    uintptr_t low, high;
};

/// What is known of a thread.
static _Thread_local struct {
    /// The stack that the system gave it; measured once. `high` is 0 before.
    struct bounds own;
    /// The stack that was made for it and that it runs on; `high` is 0 where there is none.
    struct bounds made;
    /// Where the host's stack had grown to when it was left.
    uintptr_t left_at;
} thread;

static inline bool holds(struct bounds bounds, uintptr_t address) {
    return address >= bounds.low && address < bounds.high;
}

#if defined(__linux__)
/// The first thread of a process: its stack grows as far as the limit allows. The system would have to read a list of all
/// mappings for it, at every start of the command.
static bool measure_first(struct bounds *bounds) {
    if (getpid() != syscall(SYS_gettid)) return false;
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) != 0) return false;
    // Without a limit it still meets what is mapped below it some day.
    const uintptr_t most = (uintptr_t)64 << 20;
    uintptr_t size = limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > most ? most : (uintptr_t)limit.rlim_cur;
    // The name of the program is the last that lies at its top, above arguments and environment.
    const char *name = (const char *)getauxval(AT_EXECFN);
    if (!name) return false;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), top = ((uintptr_t)name + strlen(name) + page) / page * page;
    // The kernel keeps some pages free below it.
    const uintptr_t kept = (uintptr_t)16 << 10;
    if (size <= kept || top < size) return false;
    bounds->low = top - size + kept;
    bounds->high = top;
    return true;
}
#endif

static struct bounds measure(void) {
    struct bounds bounds = {0, 0};
#if defined(__APPLE__)
    bounds.high = (uintptr_t)pthread_get_stackaddr_np(pthread_self());
    bounds.low = bounds.high - pthread_get_stacksize_np(pthread_self());
#else
    if (measure_first(&bounds)) return bounds;
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return bounds;
    void *low;
    size_t size, guard;
    if (pthread_attr_getstack(&attributes, &low, &size) == 0 && pthread_attr_getguardsize(&attributes, &guard) == 0) {
        // In some versions of some libraries the guard is part of the stack.
        bounds.low = (uintptr_t)low + guard;
        bounds.high = (uintptr_t)low + size;
    }
    pthread_attr_destroy(&attributes);
#endif
    return bounds;
}

uintptr_t reuse_stack_end(void) {
    uintptr_t here = reuse_stack_position();
    if (holds(thread.made, here)) return thread.made.low;
    if (thread.own.high == 0) thread.own = measure();
    if (holds(thread.own, here)) return thread.own.low;
    // A stack that a host made itself.
    return 0;
}

uintptr_t reuse_stack_left(void) {
    uintptr_t end = reuse_stack_end();
    return end ? reuse_stack_position() - end : 0;
}

#if CAN_SWITCH

struct call {
    void (*work)(void *);
    void *context;
#if SANITIZED
    const void *bottom;
    size_t size;
#endif
};

/// The first function on the other stack.
static void arrive(void *argument) {
    struct call *call = argument;
#if SANITIZED
    __sanitizer_finish_switch_fiber(NULL, &call->bottom, &call->size);
#endif
    call->work(call->context);
#if SANITIZED
    __sanitizer_start_switch_fiber(NULL, call->bottom, call->size);
#endif
}

static void call_on(struct bounds bounds, uintptr_t top, void (*work)(void *), void *context, uintptr_t *left) {
    struct call call = {.work = work, .context = context};
#if SANITIZED
    void *saved;
    __sanitizer_start_switch_fiber(&saved, (const void *)bounds.low, bounds.high - bounds.low);
#else
    (void)bounds;
#endif
    reuse_stack_switch((void *)(top & ~(uintptr_t)15), arrive, &call, left);
#if SANITIZED
    __sanitizer_finish_switch_fiber(saved, NULL, NULL);
#endif
}

void reuse_stack_on_another(size_t bytes, void (*work)(void *), void *context) {
    // Wider than any frame, since not every function looks at each page of its own.
    const size_t guard = (size_t)256 << 10;
    size_t size = bytes + guard;
    char *memory = MAP_FAILED;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#if defined(__linux__)
    flags |= MAP_NORESERVE | MAP_STACK;
#endif
    for (; size > 2 * guard; size /= 2) {
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (memory != MAP_FAILED) break;
    }
    if (memory == MAP_FAILED) return work(context);
    mprotect(memory, guard, PROT_NONE);
#if defined(__linux__)
    // A page at a time: little of it is used as a rule.
    madvise(memory, size, MADV_NOHUGEPAGE);
#endif
    struct bounds made = {(uintptr_t)memory + guard, (uintptr_t)memory + size};
    struct bounds outer = thread.made;
    uintptr_t left_at = thread.left_at, left;
    // From one that was made to another the host's stays as it was left.
    bool is_on_hosts = !holds(outer, reuse_stack_position());
    thread.made = made;
    call_on(made, made.high, work, context, is_on_hosts ? &thread.left_at : &left);
    thread.made = outer;
    thread.left_at = left_at;
    munmap(memory, size);
}

void reuse_stack_on_hosts(void (*work)(void *), void *context) {
    struct bounds made = thread.made;
    uintptr_t left_at = thread.left_at, left;
    if (!holds(made, reuse_stack_position())) return work(context);
    thread.made = (struct bounds){0, 0};
    call_on(thread.own, left_at, work, context, &left);
    thread.made = made;
    thread.left_at = left_at;
}

#else
// Only a limit on what is left of the caller's own.
void reuse_stack_on_another(size_t bytes, void (*work)(void *), void *context) {
    (void)bytes;
    work(context);
}
void reuse_stack_on_hosts(void (*work)(void *), void *context) { work(context); }
#endif

#else
// Nothing is known of stacks here: depth alone is limited.
uintptr_t reuse_stack_end(void) { return 0; }
uintptr_t reuse_stack_left(void) { return UINTPTR_MAX; }
void reuse_stack_on_another(size_t bytes, void (*work)(void *), void *context) {
    (void)bytes;
    work(context);
}
void reuse_stack_on_hosts(void (*work)(void *), void *context) { work(context); }
#endif
