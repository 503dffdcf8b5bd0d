"""Prints the golden values of `tests/suite/random.rs` from an independent ChaCha8, in the standard library alone."""
import math
import struct


def quarter(s, a, b, c, d):
    for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[x] = (s[x] + s[y]) & 0xFFFFFFFF
        s[z] ^= s[x]
        s[z] = ((s[z] << turn) | (s[z] >> (32 - turn))) & 0xFFFFFFFF


def block(key, counter, stream):
    start = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key))
    start += [counter & 0xFFFFFFFF, counter >> 32, stream & 0xFFFFFFFF, stream >> 32]
    s = start[:]
    for _ in range(4):
        for i in range(4):
            quarter(s, i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return [(x + y) & 0xFFFFFFFF for x, y in zip(s, start)]


def fnv(state, data):
    for byte in data:
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return state


def address(seed, purpose, step):
    state = fnv(0xCBF29CE484222325, bytes(8))
    state = fnv(fnv(state, purpose.encode()), b"\xff")
    return struct.pack("<3Q", seed, state, step) + b"latents1"


def words(key, stream, count):
    return [w for i in range((count + 15) // 16) for w in block(key, i, stream)][:count]


def wide(w):
    return [w[2 * i] | w[2 * i + 1] << 32 for i in range(len(w) // 2)]


key = address(42, "golden", 7)
print("uniform f32", [w >> 8 for w in words(key, 0, 4)])
print("uniform f64", [w >> 11 for w in wide(words(key, 0, 8))])
radii = [((w >> 11) * 2.0**-53 + 2.0**-54) for w in wide(words(key, 1, 32))]
angles = [(w >> 11) * 2.0**-53 for w in wide(words(key, 1, 32))]
pairs = [(math.sqrt(-2 * math.log(radii[j])), 2 * math.pi * angles[8 + j]) for j in range(8)]
print("normal f64", [r * math.cos(a) for r, a in pairs[:2]] + [r * math.sin(a) for r, a in pairs[:2]])
print("bernoulli 0.3", "".join("01"[w < round(0.3 * 2**32)] for w in words(key, 2, 24)))
print("below 1000", [w * 1000 >> 64 for w in wide(words(key, 3, 10))])
order, drawn = list(range(10)), wide(words(key, 4, 18))
for last, word in zip(range(9, 0, -1), drawn):
    other = word * (last + 1) >> 64
    order[last], order[other] = order[other], order[last]
print("permutation", order)
