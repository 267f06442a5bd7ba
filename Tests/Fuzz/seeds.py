"""Writes the inputs a fuzzing run starts from: valid headers, control pages and messages, and some odd ones.

    seeds.py header|control-page|transfer DIRECTORY
"""

import itertools
import pathlib
import struct
import sys

DESCRIPTORS = "|b1 |i1 <i2 <i4 <i8 |u1 <u2 <u4 <u8 <f2 <f4 <f8 <c8 <c16 >f8 >i2 =f4 f8 |O <U4".split()
SHAPES = [
    (), (0,), (5,), (3, 4), (0, 7), (1 << 40, 1 << 10), (8, 7, 6, 5, 4, 3, 2, 1), (1,) * 32, (1,) * 33,
    (3037000500, 3037000500), (274177, 67280421310721), (1 << 32, 1 << 32), ((1 << 63) - 1,), (1 << 63,),
    (0, (1 << 63) - 1), (-1,), (1152921504606846975,), (0, (1 << 63) - 101),
]


def header(text, version=1, alignment=64):
    start = 10 if version == 1 else 12
    padding = -(start + len(text) + 1) % alignment
    text = text.encode() + b" " * padding + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(start - 8, "little") + text


def headers():
    for descriptor, fortran, version in itertools.product(DESCRIPTORS, (False, True), (1, 2, 3)):
        yield header(f"{{'descr': '{descriptor}', 'fortran_order': {fortran}, 'shape': (3, 4), }}", version)
    for shape in SHAPES:
        yield header(f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}")
        yield header(f"{{'descr': '|u1', 'fortran_order': True, 'shape': {shape}, }}", 2, 16)
    yield header("{'descr': '<f8', 'fortran_order': False, 'shape': (100,), }", alignment=4096)
    yield header('{"shape":(2,3),"fortran_order":False,"descr":">f8"}', alignment=1)
    yield header("{'fortran_order': False, 'descr': '<i8', 'shape': (2L, 3L)}", 3)
    yield header(" \t\n{ 'shape' : ( 2 ,\n3 , ) ,\r\n\t'descr' : '>f8' , 'fortran_order' : False }   ")
    yield header("{'descr': [('x', '<f8'), ('y', '<i4')], 'fortran_order': False, 'shape': (2,), }")
    yield b""
    yield b"hello world"


def control_page(size, data_size, generation=1, lifetime=0, data_offset=4096, kind=1, version=1):
    words = [0x0159415252414853, version | kind << 32, generation, lifetime, data_offset, data_size, 4711]
    checksum = 0xCBF29CE484222325
    for word in words:
        checksum = (checksum ^ word) * 0x100000001B3 % (1 << 64)
    return struct.pack("<9Q", *words, checksum, size)


def control_pages():
    largest = (1 << 63) - 1
    for lifetime, data_size in itertools.product((0, 1, 2), (0, 1, 100, 4096, 4097, largest, largest - 4095)):
        yield control_page(12288, data_size, lifetime=lifetime)
    for data_offset in (0, 1, 4096, 8192, 1 << 62, largest & ~4095, 1 << 63):
        for size in (0, 4096, 8192, 12288, 1 << 62, largest, largest & ~4095):
            yield control_page(size, 4096, data_offset=data_offset)
            yield control_page(size, largest, data_offset=data_offset)
    yield control_page(12288, 4096, kind=2)
    yield control_page(12288, 4096, version=2)


def count(number):
    return bytes([number]) if number < 254 else b"\xff" + struct.pack("<Q", number)


def text(characters):
    encoded = characters.encode()
    return count(len(encoded)) + encoded


def coded(value):
    """A value of a Codable type; bytes are taken as they are, a pair as the optional in an optional."""
    if isinstance(value, bytes):
        return value
    if value is None or isinstance(value, bool):
        return bytes([0 if value is None else 1 + value])
    if isinstance(value, int):
        size = next(size for size in (2, 4, 8, 16) if -1 << 8 * size - 1 <= value < 1 << 8 * size - 1)
        small = 0 <= value < 128
        return bytes([128 + value]) if small else bytes([9, size]) + value.to_bytes(size, "little", signed=True)
    if isinstance(value, float):
        return b"\x0b\x08" + struct.pack("<d", value)
    if isinstance(value, str):
        return b"\x08" + text(value)
    if isinstance(value, dict):
        tag, contents = 12, b"".join(text(key) + coded(item) for key, item in value.items())
    else:
        tag, contents = 15 if isinstance(value, tuple) else 13, b"".join(map(coded, value))
    return bytes([tag, 254]) + struct.pack("<I", len(contents)) + contents


def numbers(tag, form, *values):
    """An array of numbers in one piece."""
    size = struct.calcsize("<" + form)
    return bytes([14]) + count(2 + size * len(values)) + bytes([tag, size]) + struct.pack(f"<{len(values)}{form}", *values)


def messages():
    """The first byte is the number of the type in TransferTarget.swift."""
    pieces = {
        0: [b"\x00", b"\x02" + struct.pack("<2d", 1.5, float("nan")), count(300) + bytes(2400), count(1 << 40)],
        1: [b"\x02" + text("a") + text("\u00e9" * 200), b"\x01\x01\xff", b"\x01" + count((1 << 63) - 1)],
        2: [b"\x01" + text("k") + b"\x02" + struct.pack("<2q", 1, -1), b"\x02" + 2 * (text("k") + b"\x00")],
        3: [b"\x02\x00\x01" + text("a"), b"\x02" + 2 * (b"\x01" + text("a"))],
        4: [b"\x03\x00\x01\x00\x01\x01\x01", b"\x02\x01\x01\x02"],
        5: [b"\x01" + struct.pack("<2d", 1, 2), b"\x01" + struct.pack("<2d", 2, 1), b"\x00" + coded({"text": "no"})],
        9: [b"\x01\x07\x00\x02\x08\x09"],
        10: [b"\x02\x00\x00", count(1000) + bytes(1000)],
        11: [b"\x01\x05" + bytes(16)],
        12: [b"\x01\x01\x01\x02\x01\x00\x02\x00", b"\x02\x00\x00"],
        15: [b"\x02\x00\x00", b"\x01" * 127 + b"\x00", b"\x01" * 200 + b"\x00"],
    }
    circle = {"circle": {"radius": b"\x0b\x02\x00\x3c"}}
    polygon = {"polygon": {"_0": numbers(9, "i", 1, 2, -3), "name": "p"}}
    pieces[6] = map(coded, [{"none": {}}, circle, polygon, {"group": {"_0": [circle, polygon, {"none": {}}], "_1": circle}}])
    inner = {"a": (None,), "b": numbers(11, "f", 1, 2), "c": {"1": True, "-5": False}, "d": 1 << 100}
    record = {
        "flag": True, "small": -5, "medium": 60000, "large": 1 << 40, "huge": b"\x0a\x10" + b"\xff" * 16,
        "numbers": numbers(11, "d", 0.5, -0.0), "bytes": numbers(10, "B", 1, 2, 3), "texts": ["a", "b"], "inner": inner,
        "list": [None, inner, {**inner, "a": 7}],
    }
    pieces[7] = map(coded, [record, dict(reversed(record.items())), {**record, "more": [1, {"x": None}]}, {"flag": False}])
    table = {"a": [1, 2.5, None, "x", {"y": [True]}], "b": {}}
    nested = "x"
    for _ in range(130):
        nested = [nested]
    pieces[8] = map(coded, [None, True, 5, -1.5, "t", [], table, [table, [[[[[table]]]]]], nested])
    pieces[13] = [b"\x01" + coded({"super": {"name": "n"}, "extra": 3}), b"\x02" + 2 * coded({"super": {"name": ""}})]
    pieces[14] = map(coded, [record, table, nested, [record, numbers(9, "h", 1, 2), numbers(0, "B", 1)], [b"\x0e\x00"]])
    for kind, bodies in pieces.items():
        for body in bodies:
            yield bytes([kind]) + body


makers = {"header": headers, "control-page": control_pages, "transfer": messages}
kind, directory = sys.argv[1], pathlib.Path(sys.argv[2])
for number, seed in enumerate(makers[kind]()):
    (directory / f"seed-{number:03}").write_bytes(seed)
