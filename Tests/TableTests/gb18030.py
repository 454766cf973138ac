"""Writes gb18030.json: texts of all planes of Unicode in GB18030, by Python's codec, and bytes that it refuses. Run: python3 gb18030.py"""
import base64
import json
import pathlib
import random

random.seed(20261130)


def scalar():
    while True:
        code = random.choice([
            random.randint(0x20, 0x7E), random.randint(0x80, 0xFFFF), random.randint(0x4E00, 0x9FFF),
            random.randint(0x10000, 0x10FFFF)])
        if not 0xD800 <= code < 0xE000 and code != 0xFEFF:
            return chr(code)


texts = ["".join(scalar() for _ in range(200)) for _ in range(60)]
# The ends of each kind of code.
texts.append("\x7f\x80\u00a4\uffff\U00010000\U0010ffff" + "\u4e02\u554a\ue4c5")
wrong = []
while len(wrong) < 40:
    raw = bytes(random.choice([0x30, 0x39, 0x41, 0x7F, 0x80, 0x81, 0xA1, 0xB0, 0xFE, 0xFF]) for _ in range(random.randint(1, 6)))
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        wrong.append(raw)
answers = dict(
    texts=[[base64.b64encode(text.encode("gb18030")).decode(), text] for text in texts],
    wrong=[base64.b64encode(raw).decode() for raw in wrong])
pathlib.Path(__file__).with_name("gb18030.json").write_text(json.dumps(answers) + "\n")
