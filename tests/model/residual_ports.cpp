#include "svdlens/model/residual_ports.hpp"

#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"

namespace sl = svdlens;
using sl::block_order;
using sl::residual_site;

namespace {

/// Whether what `from` writes in one layer is seen by what `to` reads in another, in a model of three layers.
bool reaches(residual_site from, std::uint64_t writing, residual_site to, std::uint64_t reading,
             block_order order) {
    return sl::port_of(from, order, 3).at(writing) < sl::port_of(to, order, 3).at(reading);
}

} // namespace

TEST_CASE("attention reaches the MLP of its own block in a sequential block only") {
    for (std::uint64_t l = 0; l < 3; ++l) {
        CHECK(reaches(residual_site::attention_out, l, residual_site::mlp_in, l, block_order::sequential));
        CHECK_FALSE(
            reaches(residual_site::attention_out, l, residual_site::mlp_in, l, block_order::parallel));
        CHECK_FALSE(
            reaches(residual_site::mlp_out, l, residual_site::attention_in, l, block_order::sequential));
    }
}

TEST_CASE("writers reach all readers of later blocks and none of earlier ones") {
    const auto order = GENERATE(block_order::sequential, block_order::parallel);
    const auto from = GENERATE(residual_site::attention_out, residual_site::mlp_out);
    const auto to = GENERATE(residual_site::attention_in, residual_site::mlp_in);
    for (std::uint64_t writing = 0; writing < 3; ++writing)
        for (std::uint64_t reading = 0; reading < 3; ++reading)
            if (writing != reading) CHECK(reaches(from, writing, to, reading, order) == (writing < reading));
}

TEST_CASE("the embedding reaches everything and everything reaches the unembedding") {
    const auto order = GENERATE(block_order::sequential, block_order::parallel);
    for (std::uint64_t l = 0; l < 3; ++l) {
        CHECK(reaches(residual_site::embedding, 0, residual_site::attention_in, l, order));
        CHECK(reaches(residual_site::embedding, 0, residual_site::mlp_in, l, order));
        CHECK(reaches(residual_site::attention_out, l, residual_site::unembedding, 0, order));
        CHECK(reaches(residual_site::mlp_out, l, residual_site::unembedding, 0, order));
    }
    CHECK(reaches(residual_site::embedding, 0, residual_site::unembedding, 0, order));
}

TEST_CASE("sites say whether they read or write") {
    const auto flow_of = [](residual_site site) {
        return sl::port_of(site, block_order::sequential, 1).flow;
    };
    for (const auto site : {residual_site::embedding, residual_site::attention_out, residual_site::mlp_out})
        CHECK(flow_of(site) == sl::flow::writes);
    for (const auto site : {residual_site::attention_in, residual_site::mlp_in, residual_site::unembedding})
        CHECK(flow_of(site) == sl::flow::reads);
}
