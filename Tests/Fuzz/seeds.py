"""Writes the inputs a fuzzing run starts from: valid headers and control pages, and some odd ones.

    seeds.py header|control-page DIRECTORY
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


kind, directory = sys.argv[1], pathlib.Path(sys.argv[2])
for number, seed in enumerate(headers() if kind == "header" else control_pages()):
    (directory / f"seed-{number:03}").write_bytes(seed)
