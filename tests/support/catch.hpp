/// @file
/// The one place that knows which Catch2 there is.
#ifndef SVDLENS_TESTS_SUPPORT_CATCH_HPP
#define SVDLENS_TESTS_SUPPORT_CATCH_HPP

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#endif
