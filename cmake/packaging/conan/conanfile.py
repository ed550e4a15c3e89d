"""Conan 2 recipe of the tree that it stands in: conan create cmake/packaging/conan"""
import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir

required_conan_version = ">=2.0"


class SvdlensRecipe(ConanFile):
    name = "svdlens"
    description = "Weights-only circuit analysis of transformers"
    license = "MIT"
    topics = ("interpretability", "transformers", "svd", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True

    @property
    def _tree(self):
        return os.path.join(self.recipe_folder, "..", "..", "..")

    def set_version(self):
        text = load(self, os.path.join(self._tree, "include", "svdlens", "core", "version.hpp"))
        self.version = ".".join(re.search(rf"define SVDLENS_VERSION_{part} (\d+)", text).group(1)
                                for part in ("MAJOR", "MINOR", "PATCH"))

    def export_sources(self):
        for pattern in ("include/*", "cmake/*", "CMakeLists.txt", "LICENSE"):
            copy(self, pattern, src=self._tree, dst=self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        self.requires("eigen/[>=3.4 <6]")
        self.requires("nlohmann_json/[>=3.9 <4]")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)

    def generate(self):
        toolchain = CMakeToolchain(self)
        for what in ("TESTS", "EXAMPLES", "BENCHMARKS"):
            toolchain.cache_variables[f"SVDLENS_BUILD_{what}"] = False
        toolchain.cache_variables["SVDLENS_INSTALL"] = True
        toolchain.generate()

    def package(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.install()
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        for folder in ("doc", "licenses"):
            rmdir(self, os.path.join(self.package_folder, "share", folder))

    def package_info(self):
        # The library's own package files are used: they know components and compiled mode.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("share", "cmake", "svdlens")]
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
