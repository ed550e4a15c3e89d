"""pip installs the module by examples/python/pyproject.toml, offline; scikit-build-core's part is stood in for where there is none."""
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TESTS = pathlib.Path(__file__).parent
PROJECT = TESTS.parents[1] / "examples/python"
BUILD = pathlib.Path(os.environ.get("SVDLENS_TEST_OUTPUT", ".")).absolute().parents[1]


class Pip(unittest.TestCase):
    def test_an_installation(self):
        if importlib.util.find_spec("pip") is None:
            self.skipTest("pip is not installed")
        if not (BUILD / "CMakeCache.txt").exists():
            self.skipTest(f"there is no build in {BUILD}")
        with tempfile.TemporaryDirectory() as folder:
            run = dict(os.environ, SVDLENS_TEST_BUILD=str(BUILD))
            if importlib.util.find_spec("scikit_build_core") is None:
                run["PYTHONPATH"] = str(TESTS / "stand_in")
            done = subprocess.run([sys.executable, "-m", "pip", "install", "--no-index", "--no-build-isolation", "--no-deps", "--no-cache-dir",
                                   "--target", folder, PROJECT], capture_output=True, text=True, env=run)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            names = {re.sub(r"\..*\.so$", ".so", path.name) for path in pathlib.Path(folder).iterdir()}
            version = re.search(r'version = "(.*)"', (PROJECT / "pyproject.toml").read_text()).group(1)
            self.assertEqual(names - {"__pycache__"}, {"svdlens.so", "svdlens.pyi", f"svdlens-{version}.dist-info"})
            seen = subprocess.run([sys.executable, "-c", "import svdlens, importlib.metadata as m; print(svdlens.__file__, svdlens.__version__, m.version('svdlens'))"],
                                  capture_output=True, text=True, check=True, env=dict(os.environ, PYTHONPATH=folder), cwd=folder).stdout.split()
            self.assertEqual([pathlib.Path(seen[0]).parent, *seen[1:]], [pathlib.Path(folder), version, version])


if __name__ == "__main__":
    unittest.main()
