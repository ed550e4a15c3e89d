"""The hook of PEP 517 that pip calls, by the keys of pyproject.toml as scikit-build-core's documentation has them.

Configures anew; what is installed comes from the build in SVDLENS_TEST_BUILD, so that nothing is compiled twice."""
import hashlib
import os
import pathlib
import subprocess
import sysconfig
import tempfile
import tomllib
import zipfile

KNOWN = {"minimum-version", "wheel", "cmake", "install", "build"}


def configure(settings, folder):
    """What CMake says of the definitions; it fails where it knows one of them not."""
    cmake = settings["cmake"]
    source = (pathlib.Path.cwd() / cmake["source-dir"]).resolve()
    definitions = [f"-D{name}={value}" for name, value in cmake["define"].items()]
    done = subprocess.run(["cmake", "-S", source, "-B", folder, f"-DCMAKE_BUILD_TYPE={cmake['build-type']}", *definitions],
                          capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode or "Manually-specified variables were not used" in said:
        raise RuntimeError(said)
    targets = subprocess.run(["cmake", "--build", folder, "--target", "help"], check=True, capture_output=True, text=True).stdout
    for target in settings["build"]["targets"]:
        if target not in targets:
            raise RuntimeError(f"no target {target}")


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with open("pyproject.toml", "rb") as file:
        project = tomllib.load(file)
    settings, about = project["tool"]["scikit-build"], project["project"]
    if unknown := set(settings) - KNOWN:
        raise RuntimeError(f"the stand-in knows nothing of {unknown}")
    base = f"{about['name']}-{about['version']}"
    tag = f"cp{sysconfig.get_config_var('py_version_nodot')}-cp{sysconfig.get_config_var('py_version_nodot')}-{sysconfig.get_platform().replace('-', '_')}"
    with tempfile.TemporaryDirectory() as folder:
        configure(settings, os.path.join(folder, "build"))
        tree = pathlib.Path(folder, "tree")
        for component in settings["install"]["components"]:
            subprocess.run(["cmake", "--install", os.environ["SVDLENS_TEST_BUILD"], "--prefix", tree, "--component", component],
                           check=True, capture_output=True)
        files = {str(path.relative_to(tree)): path.read_bytes() for path in sorted(tree.rglob("*")) if path.is_file()}
    needs = "".join(f"Requires-Dist: {each}\n" for each in about["dependencies"])
    files[f"{base}.dist-info/METADATA"] = f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n{needs}".encode()
    files[f"{base}.dist-info/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: stand_in\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    record = "".join(f"{name},sha256={hashlib.sha256(data).hexdigest()},{len(data)}\n" for name, data in files.items())
    files[f"{base}.dist-info/RECORD"] = (record + f"{base}.dist-info/RECORD,,\n").encode()
    name = f"{base}-{tag}.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        for path, data in files.items():
            wheel.writestr(path, data)
    return name
