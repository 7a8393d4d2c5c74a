"""Writes the text of each file again by the rules of "Text" in certify/statement/FORMAT.md, and prints the files whose text differs.

It knows no kinds: whether a member is known, in its place, or required, it cannot say. Python's own json reads the object.
"""
import json
import re
import sys

ABSENT = [(0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F),
          (0x3164, 0x3164), (0xD800, 0xDFFF), (0xE000, 0xF8FF), (0xFDD0, 0xFDEF), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB),
          (0xE0000, 0xE00FF), (0xE01F0, 0x10FFFF)]
IDEOGRAPHS = [(0x3007, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FFFD), (0x30000, 0x3FFFD)]


def within(spans, c):
    return any(first <= c <= last for first, last in spans)


def check(text):
    before = 0
    for c in map(ord, text):
        if not (0x20 <= c <= 0x7E or 0xA1 <= c) or within(ABSENT, c) or c & 0xFFFE == 0xFFFE:
            raise ValueError("code point %x" % c)
        if 0xE0100 <= c <= 0xE01EF and not within(IDEOGRAPHS, before):
            raise ValueError("selector %x" % c)
        before = c
    if text == "":
        raise ValueError("empty string")
    return text


def members(pairs):
    if not pairs or len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("empty object, or a member twice")
    return dict(pairs)


def write(value, newline):
    inner = newline + "  "
    if isinstance(value, dict):
        return "{" + ",".join(inner + write(name, inner) + ": " + write(v, inner) for name, v in value.items()) + newline + "}"
    if isinstance(value, list):
        if not value:
            return "[]"
        if all(type(v) is int for v in value):
            return "[" + ", ".join(map(str, value)) + "]"
        return "[" + ",".join(inner + write(v, inner) for v in value) + newline + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if abs(value) >= 2**53:
            raise ValueError("integer")
        return str(value)
    if isinstance(value, str):
        return '"' + check(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
    raise ValueError("%r is no value" % (value,))


for name in sys.argv[1:]:
    try:
        with open(name, "rb") as file:
            text, signed, _ = file.read().decode("utf-8").partition("\n\n\u2014 ")
        text += "\n" if signed else ""
        kind, body = text.split("\n", 1)
        if not re.fullmatch("rasure/[a-z]+/v2", kind):
            raise ValueError("first line")
        if kind + "\n" + write(json.loads(body, object_pairs_hook=members), "\n") + "\n" != text or len(text.encode()) > 49152:
            raise ValueError("another spelling")
    except ValueError as problem:
        print(name, problem)
