// A process with two tools, each of which embeds its own version of svdlens.
#include <array>
#include <cstddef>
#include <iostream>
#include <string_view>

extern "C" {
const char* first_version();
const char* second_version();
std::size_t first_best_row(const float* scores, std::size_t rows, std::size_t extent);
std::size_t second_best_row(const float* scores, std::size_t rows, std::size_t extent);
}

int main() {
    const std::array<float, 4> scores{1, 4, 3, 2};
    const bool both_answer =
        first_best_row(scores.data(), 4, 4) == 1 && second_best_row(scores.data(), 4, 4) == 1;
    const bool both_refuse =
        first_best_row(scores.data(), 4, 5) == 4 && second_best_row(scores.data(), 4, 5) == 4;
    const bool two_versions = std::string_view(first_version()) != second_version();
    std::cout << "svdlens " << first_version() << " and " << second_version() << '\n';
    return both_answer && both_refuse && two_versions ? 0 : 1;
}
