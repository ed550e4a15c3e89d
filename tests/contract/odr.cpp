/// @file
/// The whole library in one more translation unit: it is linked with odr_main.cpp, so that a definition
/// which is not `inline` is there twice and fails the link.
#include "svdlens/svdlens.hpp"
