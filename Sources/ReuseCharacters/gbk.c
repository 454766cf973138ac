// `#embed` is of C23; the compiler that Swift brings has it in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

// Written by gbk.py.
#include "characters.h"

static const unsigned char table[] = {
#embed "gbk.bin"
};

const unsigned char *reuse_gbk(void) { return table; }

size_t reuse_gbk_size(void) { return sizeof table; }
