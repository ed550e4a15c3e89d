#include "svdlens/table/scan.hpp"

#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/random_scores.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("scans see every block with its worker's state and count rows as progress") {
    const cut_source<double> cut(head_axes(1, 4, 500), random_scores<double>(2000, 3), 7);
    for (const unsigned threads : {1U, 2U, 5U}) {
        std::uint64_t last = 0;
        const sl::execution run{.threads = threads, .progress = [&](const sl::progress_report& report) {
                                    CHECK(report.total == 2000);
                                    last = report.done;
                                }};
        std::vector<std::size_t> in_order, wanted;
        sl::block_buffer<double> buffer;
        for (std::size_t i = 0; i < cut.blocks(); ++i) wanted.push_back(cut.block(i, buffer).size());
        sl::scan_in_order<std::size_t>(
            cut, run, [](const auto& block, std::size_t& size) { size = block.size(); },
            [&](std::size_t size) { in_order.push_back(size); });
        CHECK(in_order == wanted);
        CHECK(last == 2000);
        std::size_t sum = 0;
        sl::scan<std::size_t>(
            cut, run, [](const auto& block, std::size_t& size) { size += block.size(); },
            [&](std::size_t size) { sum += size; });
        CHECK(sum == 2000);
    }
}
