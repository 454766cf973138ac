// `#embed` is of C23; the compiler that Swift brings has it in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

// The standard library, embedded. A test holds this list and the folder together.
#include "library.h"

static const unsigned char carbon[] = {
#embed "carbon.reuse"
};
static const unsigned char finance[] = {
#embed "finance.reuse"
};
static const unsigned char growth[] = {
#embed "growth.reuse"
};
static const unsigned char prelude[] = {
#embed "prelude.reuse"
};
static const unsigned char statistics[] = {
#embed "statistics.reuse"
};
static const unsigned char units[] = {
#embed "units.reuse"
};

static const struct reuse_library_file files[] = {
    {"carbon", carbon, sizeof carbon},
    {"finance", finance, sizeof finance},
    {"growth", growth, sizeof growth},
    {"prelude", prelude, sizeof prelude},
    {"statistics", statistics, sizeof statistics},
    {"units", units, sizeof units},
};

size_t reuse_library_count(void) { return sizeof files / sizeof files[0]; }

const struct reuse_library_file *reuse_library_file(size_t index) {
    return index < reuse_library_count() ? &files[index] : NULL;
}
