"""A reader of the Arrow C stream interface in ctypes, written from its specification."""
import ctypes as c

import numpy


class Schema(c.Structure):
    pass


class Array(c.Structure):
    pass


class Stream(c.Structure):
    pass


Schema._fields_ = [("format", c.c_char_p), ("name", c.c_char_p), ("metadata", c.c_void_p), ("flags", c.c_int64),
                   ("n_children", c.c_int64), ("children", c.POINTER(c.POINTER(Schema))), ("dictionary", c.POINTER(Schema)),
                   ("release", c.CFUNCTYPE(None, c.POINTER(Schema))), ("private_data", c.c_void_p)]
Array._fields_ = [("length", c.c_int64), ("null_count", c.c_int64), ("offset", c.c_int64), ("n_buffers", c.c_int64),
                  ("n_children", c.c_int64), ("buffers", c.POINTER(c.c_void_p)), ("children", c.POINTER(c.POINTER(Array))),
                  ("dictionary", c.POINTER(Array)), ("release", c.CFUNCTYPE(None, c.POINTER(Array))), ("private_data", c.c_void_p)]
Stream._fields_ = [("get_schema", c.CFUNCTYPE(c.c_int, c.POINTER(Stream), c.POINTER(Schema))),
                   ("get_next", c.CFUNCTYPE(c.c_int, c.POINTER(Stream), c.POINTER(Array))),
                   ("get_last_error", c.CFUNCTYPE(c.c_char_p, c.POINTER(Stream))),
                   ("release", c.CFUNCTYPE(None, c.POINTER(Stream))), ("private_data", c.c_void_p)]

TYPES = {b"f": "f4", b"g": "f8", b"i": "i4", b"L": "u8"}


def stream_in(capsule):
    """The stream in a capsule, which still owns it."""
    take = c.pythonapi.PyCapsule_GetPointer
    take.restype, take.argtypes = c.c_void_p, [c.py_object, c.c_char_p]
    return c.cast(take(capsule, b"arrow_array_stream"), c.POINTER(Stream))


def bytes_at(address, count):
    return c.string_at(address, count) if count else b""


def buffers_of(format, array):
    """The buffers as bytes: bits of what is there, then values, or offsets and text."""
    length = array.offset + array.length
    bits = bytes_at(array.buffers[0], (length + 7) // 8) if array.buffers[0] else None
    if format != b"u":
        return [bits, bytes_at(array.buffers[1], length * int(TYPES[format][1]))]
    offsets = bytes_at(array.buffers[1], (length + 1) * 4)
    return [bits, offsets, bytes_at(array.buffers[2], int(numpy.frombuffer(offsets, "i4")[-1]))]


def values_of(format, array):
    buffers = buffers_of(format, array)
    if format == b"u":
        offsets = numpy.frombuffer(buffers[1], "i4")
        return [buffers[2][a:b].decode() for a, b in zip(offsets, offsets[1:])]
    values = numpy.frombuffer(buffers[1], TYPES[format])
    if buffers[0] is None:
        return values.tolist()
    bits = numpy.unpackbits(numpy.frombuffer(buffers[0], "u1"), bitorder="little")
    return [value if bit else None for value, bit in zip(values.tolist(), bits)]


def metadata_of(schema):
    at = schema.metadata

    def number():
        nonlocal at
        at += 4
        return int.from_bytes(bytes_at(at - 4, 4), "little")

    def text():
        nonlocal at
        size = number()
        at += size
        return bytes_at(at - size, size).decode()

    return {text(): text() for _ in range(number())}


def read(capsule, stop_after=None, keep=None):
    """(columns by name, metadata); `keep` collects what `buffers_of` says of every column of every batch."""
    stream, schema = stream_in(capsule), Schema()
    assert stream.contents.get_schema(stream, c.byref(schema)) == 0
    fields = [schema.children[k].contents for k in range(schema.n_children)]
    columns = {field.name.decode(): [] for field in fields}
    batches = 0
    while stop_after is None or batches < stop_after:
        batch = Array()
        assert stream.contents.get_next(stream, c.byref(batch)) == 0, stream.contents.get_last_error(stream)
        if not batch.release:
            break
        batches += 1
        for k, field in enumerate(fields):
            child = batch.children[k].contents
            cells = values_of(field.format, child)
            if field.dictionary:
                labels = values_of(field.dictionary.contents.format, child.dictionary.contents)
                cells = [labels[code] for code in cells]
            columns[field.name.decode()] += cells
            if keep is not None:
                entry = {"name": field.name.decode(), "format": field.format.decode(), "length": child.length, "batch": batches - 1,
                         "null_count": child.null_count, "buffers": buffers_of(field.format, child)}
                if field.dictionary:
                    entry["labels"] = buffers_of(b"u", child.dictionary.contents)
                    entry["label_count"] = child.dictionary.contents.length
                keep.append(entry)
        batch.release(c.byref(batch))
    metadata = metadata_of(schema)
    schema.release(c.byref(schema))
    return columns, metadata
