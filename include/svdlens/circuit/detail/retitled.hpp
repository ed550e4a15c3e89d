/// @file
/// Tables under another title.
#ifndef SVDLENS_CIRCUIT_DETAIL_RETITLED_HPP
#define SVDLENS_CIRCUIT_DETAIL_RETITLED_HPP

#include <concepts>
#include <string>
#include <utility>

#include "../../directions/diagonal_test.hpp"
#include "../../table/long_table.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

template <std::floating_point T>
basic_long_table<T> retitled(basic_long_table<T> table, std::string title) {
    auto axes = table.axes();
    axes.set_title(std::move(title));
    return long_table(std::move(table).values(), std::move(axes));
}

template <std::floating_point T>
basic_diagonal_test<T> titled(basic_diagonal_test<T> test, const std::string& name) {
    return {retitled(std::move(test.advantage), name + "_advantage"),
            retitled(std::move(test.z), name + "_z")};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
