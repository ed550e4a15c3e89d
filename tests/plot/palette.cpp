#include "svdlens/plot/palette.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace plot = svdlens::plot;

namespace {

using triple = std::array<double, 3>;
using matrix = std::array<triple, 3>;

triple product(const matrix& m, const triple& x) {
    triple y{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) y[i] += m[i][j] * x[j];
    return y;
}

/// Light of `#rrggbb`, each channel from 0 to 1 (IEC 61966-2-1).
triple light(std::string_view color) {
    triple channels{};
    for (std::size_t k = 0; k < 3; ++k) {
        const double c = std::stoi(std::string(color.substr(1 + 2 * k, 2)), nullptr, 16) / 255.0;
        channels[k] = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    }
    return channels;
}

/// Machado, Oliveira and Fernandes (2009), severity 1, on light.
struct vision {
    std::string_view name;
    matrix seen;
};
constexpr std::array<vision, 4> visions{{
    {"usual", {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}},
    {"protanopia",
     {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}}},
    {"deuteranopia",
     {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}}},
    {"tritanopia",
     {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}}},
}};

/// CIE L*a*b*, of D65.
triple lab(const triple& light) {
    constexpr matrix to_xyz{{{0.4124564, 0.3575761, 0.1804375},
                             {0.2126729, 0.7151522, 0.0721750},
                             {0.0193339, 0.1191920, 0.9503041}}};
    constexpr triple white{0.95047, 1, 1.08883};
    triple f = product(to_xyz, light);
    for (std::size_t k = 0; k < 3; ++k) {
        const double t = (std::clamp)(f[k] / white[k], 0.0, 1.0);
        f[k] = t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116;
    }
    return {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
}

double distance(const triple& a, const triple& b) {
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/// The contrast of WCAG 2.
double contrast(std::string_view a, std::string_view b) {
    const auto luminance = [](const triple& x) { return 0.2126 * x[0] + 0.7152 * x[1] + 0.0722 * x[2]; };
    const double one = luminance(light(a)) + 0.05, other = luminance(light(b)) + 0.05;
    return (std::max)(one, other) / (std::min)(one, other);
}

} // namespace

TEST_CASE("the measures of colour know what is known") {
    CHECK(contrast("#000000", "#ffffff") == Approx(21));
    CHECK(contrast("#777777", "#ffffff") == Approx(4.48).margin(0.01));
    const auto red = lab(light("#ff0000"));
    CHECK(red[0] == Approx(53.24).margin(0.01));
    CHECK(red[1] == Approx(80.09).margin(0.02));
    CHECK(red[2] == Approx(67.20).margin(0.02));
}

TEST_CASE("no two colours look alike, whatever colours a reader can tell apart") {
    for (const auto& [name, seen] : visions)
        for (std::size_t j = 0; j < plot::palette.size(); ++j)
            for (std::size_t k = 0; k < j; ++k) {
                const auto one = lab(product(seen, light(plot::palette[j])));
                const auto other = lab(product(seen, light(plot::palette[k])));
                INFO(name << ": " << plot::palette[j] << " and " << plot::palette[k]);
                CHECK(distance(one, other) > 15);
            }
}

TEST_CASE("marks stand out from both grounds") {
    for (const auto color : plot::palette)
        for (const std::string_view ground : {"#ffffff", "#171c23", "#12161c"}) {
            INFO(color << " on " << ground);
            CHECK(contrast(color, ground) >= 3);
        }
}

TEST_CASE("colour, mark and dash together are different for 35 values") {
    std::set<std::string> marks, lines;
    for (std::size_t k = 0; k < 35; ++k) {
        marks.insert(std::string(plot::color(k)) + std::string(plot::symbol(k)));
        lines.insert(std::string(plot::color(k)) + std::string(plot::dash(k)));
    }
    CHECK(marks.size() == 35);
    CHECK(lines.size() == 35);
    CHECK(plot::color(35) == plot::color(0));
    CHECK(plot::symbol(35) == plot::symbol(0));
}

TEST_CASE("the signs of scores are two colours") { CHECK(plot::positive_color != plot::negative_color); }
