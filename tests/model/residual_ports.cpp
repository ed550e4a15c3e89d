#include "svdlens/model/residual_ports.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

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

TEST_CASE("the stream itself is read before it is written, and seen by all that comes later") {
    using enum residual_site;
    const auto order = GENERATE(block_order::sequential, block_order::parallel);
    CAPTURE(order == block_order::parallel);
    const auto all = order == block_order::parallel ? std::vector{resid_pre, resid_post}
                                                    : std::vector{resid_pre, resid_mid, resid_post};
    for (const auto site : all)
        for (std::uint64_t writing = 0; writing < 3; ++writing)
            for (std::uint64_t reading = 0; reading < 3; ++reading)
                CHECK(reaches(site, writing, site, reading, order) == (writing < reading));
    for (std::uint64_t l = 0; l < 3; ++l) {
        CHECK(reaches(embedding, 0, resid_pre, l, order));
        CHECK(reaches(resid_pre, l, attention_in, l, order));
        CHECK(reaches(resid_pre, l, mlp_in, l, order));
        CHECK_FALSE(reaches(attention_out, l, resid_pre, l, order));
        CHECK_FALSE(reaches(mlp_out, l, resid_pre, l, order));
        CHECK(reaches(attention_out, l, resid_post, l, order));
        CHECK(reaches(mlp_out, l, resid_post, l, order));
        CHECK_FALSE(reaches(resid_post, l, mlp_in, l, order));
        CHECK(reaches(resid_post, l, unembedding, 0, order));
        if (l == 0) continue;
        CHECK(reaches(resid_post, l - 1, resid_pre, l, order));
        CHECK(reaches(resid_post, l - 1, attention_in, l, order));
        CHECK_FALSE(reaches(resid_pre, l, resid_post, l - 1, order));
    }
}

TEST_CASE("the middle of a sequential block lies between attention and MLP") {
    using enum residual_site;
    for (std::uint64_t l = 0; l < 3; ++l) {
        CHECK(reaches(attention_out, l, resid_mid, l, block_order::sequential));
        CHECK_FALSE(reaches(mlp_out, l, resid_mid, l, block_order::sequential));
        CHECK(reaches(resid_mid, l, mlp_in, l, block_order::sequential));
        CHECK_FALSE(reaches(resid_mid, l, attention_in, l, block_order::sequential));
        CHECK(reaches(resid_mid, l, resid_post, l, block_order::sequential));
    }
}

TEST_CASE("sites say whether they read or write") {
    const auto flow_of = [](residual_site site) {
        return sl::port_of(site, block_order::sequential, 1).flow;
    };
    for (const auto site : {residual_site::embedding, residual_site::attention_out, residual_site::mlp_out})
        CHECK(flow_of(site) == sl::flow::writes);
    for (const auto site : {residual_site::attention_in, residual_site::mlp_in, residual_site::unembedding})
        CHECK(flow_of(site) == sl::flow::reads);
    for (const auto site : {residual_site::resid_pre, residual_site::resid_mid, residual_site::resid_post})
        CHECK(flow_of(site) == sl::flow::none); // the caller says
}
