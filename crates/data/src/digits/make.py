"""Packs the UCI digits (rows of 64 pixels 0…16 and a label, gzipped CSV) as the IDX pair beside this file.

    python make.py digits.csv.gz

The output depends on the input alone, so a rebuilt file can be compared byte for byte. It is not packed: reading it
needs no feature of the crate."""

import csv, gzip, pathlib, struct, sys


def pack(path, magic, shape, body):
    header = struct.pack(f">I{len(shape)}I", magic, *shape)
    path.write_bytes(header + bytes(body))


here = pathlib.Path(__file__).parent
rows = [[int(float(cell)) for cell in row] for row in csv.reader(gzip.open(sys.argv[1], "rt"))]
assert len(rows) == 1797 and all(len(row) == 65 and 0 <= min(row) and max(row) <= 16 for row in rows)
pixels = [pixel for row in rows for pixel in row[:64]]
labels = [row[64] for row in rows]
pack(here / "digits-images-idx3-ubyte", 0x0803, (len(rows), 8, 8), pixels)
pack(here / "digits-labels-idx1-ubyte", 0x0801, (len(rows),), labels)
