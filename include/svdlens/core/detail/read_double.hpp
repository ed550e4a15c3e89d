/// @file
/// A double from its text, with any standard library.
#ifndef SVDLENS_CORE_DETAIL_READ_DOUBLE_HPP
#define SVDLENS_CORE_DETAIL_READ_DOUBLE_HPP

#include <cerrno>
#include <charconv>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#if !defined(__cpp_lib_to_chars) && __has_include(<xlocale.h>)
#include <xlocale.h> // macOS and the BSDs keep strtod_l there
#endif

#include "requirements.hpp"

namespace svdlens::inline v0_2::detail {

#ifdef __cpp_lib_to_chars

/// The double that is nearest to the whole text, in no locale: digits, a point, an exponent, `inf` or `nan`,
/// with at most a minus before. Nothing where the text is anything else or the number no double can hold.
inline std::optional<double> read_double(std::string_view text) {
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

#else

/// The same for a standard library whose std::from_chars reads no double (libc++ before 20). strtod_l
/// rounds as exactly; what it takes and std::from_chars does not is turned away first: blanks, a plus,
/// hexadecimal digits.
inline std::optional<double> read_double(std::string_view text) {
    static const locale_t plain = newlocale(LC_ALL_MASK, "C", nullptr); // kept to the end of the process
    if (text.empty() || text.find_first_of(" \t\n\v\f\rxX") != std::string_view::npos || text.front() == '+')
        return std::nullopt;
    const std::string ended(text);
    char* end = nullptr;
    errno = 0;
    const double value = strtod_l(ended.c_str(), &end, plain);
    const bool whole = end == ended.c_str() + ended.size();
    const bool lost = errno == ERANGE && (value == 0 || std::isinf(value)); // a denormal sets ERANGE too
    if (!whole || lost) return std::nullopt;
    return value;
}

#endif

} // namespace svdlens::inline v0_2::detail

#endif
