#!/usr/bin/env python3
"""The Conan recipe and the vcpkg port, each run with stand-ins for what it calls of its tool: their files come out, and a user of the
Conan package builds. No test of the tools themselves, which Debian does not have.

usage: tests/packaging/recipes.py
"""
import fnmatch
import os
import pathlib
import runpy
import shutil
import subprocess
import sys
import tempfile
import types

TREE = pathlib.Path(__file__).resolve().parents[2]
RECIPES = TREE / "cmake" / "packaging"

VCPKG = """
set(PORT svdlens)
set(CURRENT_PACKAGES_DIR "{folder}/packages")
function(vcpkg_cmake_configure)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
    execute_process(COMMAND "${{CMAKE_COMMAND}}" -S "${{arg_SOURCE_PATH}}" -B "{folder}/build" "-DCMAKE_INSTALL_PREFIX=${{CURRENT_PACKAGES_DIR}}"
        ${{arg_OPTIONS}} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endfunction()
function(vcpkg_cmake_install)
    execute_process(COMMAND "${{CMAKE_COMMAND}}" --install "{folder}/build" OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endfunction()
function(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "PACKAGE_NAME;CONFIG_PATH" "")
    file(RENAME "${{CURRENT_PACKAGES_DIR}}/${{arg_CONFIG_PATH}}" "${{CURRENT_PACKAGES_DIR}}/share/${{arg_PACKAGE_NAME}}")
endfunction()
function(vcpkg_fixup_pkgconfig)
endfunction()
function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
    configure_file(${{arg_FILE_LIST}} "${{CURRENT_PACKAGES_DIR}}/share/${{PORT}}/copyright" COPYONLY)
endfunction()
include("{port}")
"""


def run(*command):
    subprocess.run([str(each) for each in command], check=True, stdout=subprocess.DEVNULL)


def expect(folder, *paths):
    for path in paths:
        if not (folder / path).exists():
            sys.exit(f"{folder}: expected {path}, found " + ", ".join(sorted(str(p.relative_to(folder)) for p in folder.glob("*/*"))))


class StandIns:
    """The modules of Conan 2 that the recipe imports, each function doing what its documentation says."""

    def __init__(self):
        toolchains = {}

        class ConanFile:
            pass

        class CMakeToolchain:
            def __init__(self, recipe):
                self.cache_variables = toolchains[recipe] = {}

            def generate(self):
                pass

        class CMake:
            def __init__(self, recipe):
                self.recipe = recipe

            def configure(self):
                settings = [f"-D{name}={'ON' if value else 'OFF'}" for name, value in toolchains[self.recipe].items()]
                run("cmake", "-S", self.recipe.source_folder, "-B", self.recipe.build_folder,
                    f"-DCMAKE_INSTALL_PREFIX={self.recipe.package_folder}", *settings)

            def install(self):
                run("cmake", "--install", self.recipe.build_folder)

        def copy(_, pattern, src, dst):
            for path in sorted(p for p in pathlib.Path(src).rglob("*") if p.is_file()):
                below = path.relative_to(src)
                if fnmatch.fnmatch(str(below), pattern):
                    target = pathlib.Path(dst) / below
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, target)

        self.modules = {
            "conan": {"ConanFile": ConanFile},
            "conan.tools": {},
            "conan.tools.build": {"check_min_cppstd": lambda *_: None},
            "conan.tools.cmake": {"CMake": CMake, "CMakeToolchain": CMakeToolchain, "cmake_layout": lambda _: None},
            "conan.tools.files": {"copy": copy, "load": lambda _, path: pathlib.Path(path).read_text(),
                                  "rmdir": lambda _, path: shutil.rmtree(path, ignore_errors=True)},
        }

    def install(self):
        for name, content in self.modules.items():
            sys.modules[name] = types.ModuleType(name)
            vars(sys.modules[name]).update(content)


def conan_package(work):
    StandIns().install()
    recipe = runpy.run_path(str(RECIPES / "conan" / "conanfile.py"))["SvdlensRecipe"]()
    recipe.recipe_folder = str(RECIPES / "conan")
    recipe.export_sources_folder = recipe.source_folder = str(work / "source")
    recipe.build_folder, recipe.package_folder = str(work / "build"), str(work / "package")
    needs = []
    recipe.requires = needs.append
    recipe.cpp_info = types.SimpleNamespace(set_property=lambda *_: None)
    recipe.set_version()
    recipe.export_sources()
    recipe.layout()
    recipe.requirements()
    recipe.generate()
    recipe.package()
    recipe.package_info()
    package = work / "package"
    expect(package, "licenses/LICENSE", "include/svdlens/svdlens.hpp", *(f"{d}/svdlensConfig.cmake" for d in recipe.cpp_info.builddirs))
    user = RECIPES / "conan" / "test_package"
    run("cmake", "-S", user, "-B", work / "user", f"-Dsvdlens_DIR={package / recipe.cpp_info.builddirs[0]}", "-DCMAKE_CXX_FLAGS=-O0")
    run("cmake", "--build", work / "user")
    said = subprocess.run([work / "user" / "user"], check=True, capture_output=True, text=True).stdout.strip()
    if said != f"svdlens {recipe.version}":
        sys.exit(f"the recipe's version is {recipe.version}, its user says {said}")
    print(f"Conan: the recipe packs {recipe.version}, needs {', '.join(needs)}, and its user runs")


def vcpkg_package(work):
    script = work / "port.cmake"
    script.write_text(VCPKG.format(folder=work, port=RECIPES / "vcpkg" / "svdlens" / "portfile.cmake"))
    run("cmake", "-P", script)
    expect(work / "packages", "include/svdlens/svdlens.hpp", "share/svdlens/svdlensConfig.cmake", "share/svdlens/copyright",
           "share/svdlens/usage", "share/pkgconfig/svdlens.pc")
    left = sorted(p.name for p in (work / "packages" / "share").iterdir())
    if left != ["pkgconfig", "svdlens"]:
        sys.exit(f"vcpkg: share/ holds {left}")
    print("vcpkg: the port packs headers, package files, usage and copyright")


def main():
    with tempfile.TemporaryDirectory() as folder:
        for make in (conan_package, vcpkg_package):
            work = pathlib.Path(folder) / make.__name__
            work.mkdir()
            make(work)


if __name__ == "__main__":
    main()
