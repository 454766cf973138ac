"""Writes gbk.bin: what the codes of two bytes of GB18030 stand for, from Python's codec. Run: python3 gbk.py

One number of 16 bits, low byte first, for each lead byte 0x81 to 0xFE and, within it, each trail byte 0x40 to 0xFE without
0x7F: 126 times 190, all of them characters of the basic plane. Codes of four bytes need no table: they are the rest of the
basic plane in order, and then the other planes.
"""
import pathlib
import struct

table = bytearray()
for lead in range(0x81, 0xFF):
    for trail in range(0x40, 0xFF):
        if trail == 0x7F:
            continue
        table += struct.pack("<H", ord(bytes([lead, trail]).decode("gb18030")))
assert len(table) == 126 * 190 * 2
pathlib.Path(__file__).with_name("gbk.bin").write_bytes(table)
