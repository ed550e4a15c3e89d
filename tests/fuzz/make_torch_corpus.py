#!/usr/bin/env python3
"""Writes corpus/torch/: small files of torch.save and the pickles in them. Needs torch."""
import pathlib
import zipfile

import torch

OUT = pathlib.Path(__file__).resolve().parent / "corpus" / "torch"


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    six = torch.arange(6.)
    linear = torch.nn.Linear(2, 3, bias=False)
    things = {"tensor": six, "dict": {"a": six, "b": six.view(2, 3).t(), "c": six[1].expand(4)},
              "nested": {"model": {"w": six[2:4]}, "epoch": 3, "config": {"n": [1, 2.5, None, True]}, "name": "x"},
              "module": linear, "state": {"state_dict": linear.state_dict(), "optimizer": {"state": {}, "param_groups": []}}}
    for name, thing in things.items():
        path = OUT / f"{name}.zip"
        torch.save(thing, path)
        (OUT / f"{name}.pkl").write_bytes(zipfile.ZipFile(path).read(f"{name}/data.pkl"))
        if name in ("module", "nested"):
            path.unlink()  # large for a seed: the pickle says it all
    torch.save(things["dict"], OUT / "dict.old", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main()
