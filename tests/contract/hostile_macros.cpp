/// @file
/// The library under the macros that windows.h, X11, complex.h, sys/sysmacros.h, sys/param.h, Qt and others leave behind.
///
/// Everything that is not ours is included before the macros: only our own headers are put to the test. A
/// standard header that is new to the library has to be added to this list.
#include <algorithm>
#include <any>
#include <array>
#include <atomic>
#include <bit>
#include <bitset>
#include <cassert>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <climits>
#include <clocale>
#include <cmath>
#include <compare>
#include <complex>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iomanip>
#include <ios>
#include <iosfwd>
#include <iostream>
#include <istream>
#include <iterator>
#include <limits>
#include <list>
#include <locale>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <numbers>
#include <numeric>
#include <optional>
#include <ostream>
#include <queue>
#include <random>
#include <ranges>
#include <set>
#include <span>
#include <sstream>
#include <stack>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>
#include <nlohmann/json.hpp>

#if __has_include(<unistd.h>)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#endif

#include "support/catch.hpp"

// windows.h and what it includes
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define small char
#define hyper long long
#define near
#define far
#define pascal
#define interface struct
#define ERROR 0
#define NO_ERROR 0
#define IN
#define OUT
#define IGNORE 0
#define INFINITE 0xFFFFFFFF
#define OPTIONAL
#define CONST const
#define VOID void
#define DELETE 0x00010000L
#define STRICT 1
#define GetObject GetObjectA
#define CreateFile CreateFileA
#define GetMessage GetMessageA
#define TRUE 1
#define FALSE 0
#define THIS void
#define PURE = 0
#define RELATIVE 1
#define ABSOLUTE 2
#define rad1 0x0420
#define edt1 0x0480
#define lst1 0x0460
// X11
#define None 0L
#define True 1
#define False 0
#define Bool int
#define Status int
#define Success 0
#define Always 2
#define Complex 0
#define Convex 2
#define Above 0
#define Below 1
#define Unsorted 0
#define KeyPress 2
#define Expose 12
#define CurrentTime 0L
#define GrayScale 1
#define RootWindow(dpy, scr) (dpy)
// complex.h
#undef I
#define I (__extension__ 1.0iF)
// sys/sysmacros.h, sys/param.h
#undef major
#undef minor
#define major(device) (device)
#define minor(device) (device)
#undef MIN
#undef MAX
#undef howmany
#undef roundup
#define MIN(a, b) (((a) < (b)) ? (a) : (b))
#define MAX(a, b) (((a) > (b)) ? (a) : (b))
#define howmany(x, y) (((x) + ((y)-1)) / (y))
#define roundup(x, y) ((((x) + ((y)-1)) / (y)) * (y))
// Qt
#define signals public
#define slots
#define emit
#define foreach(one, all) for (one : all)
#define forever for (;;)
// gcc in its own dialect
#undef linux
#undef unix
#define linux 1
#define unix 1

#include "svdlens/svdlens.hpp"

#undef min
#undef max
#undef small
#undef near
#undef far
#undef interface
#undef I
#undef slots
#undef emit

TEST_CASE("the umbrella header compiles under other people's macros") {
    CHECK_FALSE(svdlens::version.empty());
}
