/// @file
/// The whole library, header-only, in one unit whose object is linked twice with odr_main.cpp, so that a definition
/// which is not `inline` is there twice and fails the link.
#include "svdlens/svdlens.hpp"
