#ifndef REUSE_CHARACTERS_H
#define REUSE_CHARACTERS_H

#include <stddef.h>

/// What codes of two bytes of GB18030 stand for, as bytes: two a code, the low one first. Codes are by lead byte (0x81 to 0xFE),
/// and within it by trail byte (0x40 to 0xFE, without 0x7F).
const unsigned char *reuse_gbk(void);

/// How many bytes that table has: 47880.
size_t reuse_gbk_size(void);

#endif
