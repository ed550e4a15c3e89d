/// @file
/// What the library asks of a compiler. Every header comes to this one before its first declaration.
///
/// A missing file is what compilers stop at: one line says what is needed, where #error would let
/// hundreds follow.
#ifndef SVDLENS_CORE_DETAIL_REQUIREMENTS_HPP
#define SVDLENS_CORE_DETAIL_REQUIREMENTS_HPP

#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#define SVDLENS_NEEDS "svdlens needs C++20: compile with -std=c++20"
#elif !defined(__cpp_exceptions) && !defined(_CPPUNWIND)
#define SVDLENS_NEEDS "svdlens needs exceptions: compile without -fno-exceptions"
#endif
#ifdef SVDLENS_NEEDS
#include SVDLENS_NEEDS
#endif

#endif
