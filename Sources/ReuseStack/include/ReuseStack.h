#ifndef REUSE_STACK_H
#define REUSE_STACK_H

#include <stddef.h>
#include <stdint.h>

/// The stack on which a thread computes. How deep a script nests is the script's choice, how large the stack is the host's:
/// what recurses as deep as a script says runs on a stack that is large enough, and looks at what is left of it.

/// Where the stack has grown to: the address of the frame of the function that asks.
static inline uintptr_t reuse_stack_position(void) { return (uintptr_t)__builtin_frame_address(0); }

/// The lowest address of the stack that runs now; 0 where that is not known.
uintptr_t reuse_stack_end(void);

/// How many bytes of it are left; 0 where its end is not known, and the most that there can be on a machine for which
/// nothing of this is written.
uintptr_t reuse_stack_left(void);

/// Calls `work` on this thread, on a stack of `bytes` made for the call: on a smaller one, or on that of the caller, where
/// there is no memory for it or the machine is one for which it is not written. Memory is taken as the stack grows.
void reuse_stack_on_another(size_t bytes, void (*work)(void *), void *context);

/// Calls `work` on the stack that the thread had before `reuse_stack_on_another`, which is the host's; where it runs there
/// already, as any call.
void reuse_stack_on_hosts(void (*work)(void *), void *context);

#endif
