/// @file
/// What the programs' command lines share.
#ifndef SVDLENS_EXAMPLES_ARGUMENTS_HPP
#define SVDLENS_EXAMPLES_ARGUMENTS_HPP

#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

/// What is wrong with the arguments.
class usage_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Calls `take(argument, value)` for each argument that is not itself taken as a value: `value()` is the next
/// one. @throws usage_error when there is no next one, and what `take` throws
template <class Take>
void for_each_argument(const std::vector<std::string_view>& arguments, Take take) {
    for (std::size_t k = 0; k < arguments.size(); ++k) {
        const auto argument = arguments[k];
        take(argument, [&] {
            if (k + 1 == arguments.size()) throw usage_error(std::string(argument) + " needs a value");
            return arguments[++k];
        });
    }
}

template <class Number>
Number parse_number(std::string_view option, std::string_view text) {
    Number value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size())
        throw usage_error(std::string(option) + ": " + std::string(text) + " is not a number it can take");
    return value;
}

/// The share of rows in a tail.
inline double parse_tail(std::string_view text) {
    const auto tail = parse_number<double>("--tail", text);
    if (!(tail > 0 && tail < 0.5))
        throw usage_error("--tail: " + std::string(text) + " is not between 0 and 0.5");
    return tail;
}

#endif
