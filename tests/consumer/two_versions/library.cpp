// A tool that embeds svdlens in a shared library. Compiled twice, with two versions of the headers.
#include <svdlens/core/error.hpp>
#include <svdlens/core/version.hpp>
#include <svdlens/table/long_table.hpp>
#include <svdlens/table/top_k.hpp>

#include <cstddef>
#include <vector>

/// The version that is embedded.
extern "C" const char* SVDLENS_LIBRARY_version() { return svdlens::version.data(); }

/// The row of the largest score, or the number of rows where the library refused the table.
extern "C" std::size_t SVDLENS_LIBRARY_best_row(const float* scores, std::size_t rows, std::size_t extent) {
    try {
        const auto table = svdlens::long_table(std::vector<float>(scores, scores + rows), {extent}, {"row"});
        return svdlens::top_k(table, 1).rows()[0];
    } catch (const svdlens::error&) { // of this version, though another one is in the process
        return rows;
    }
}
