#include "svdlens/model/known_schemes.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;

namespace {

std::string recognised(const std::vector<std::string>& names) {
    const auto contains = [&](std::string_view name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    const auto match = sl::find_scheme(names, contains);
    return match ? std::string(match->scheme->name) + " behind '" + std::string(match->prefix) + "'" : "none";
}

} // namespace

TEST_CASE("schemes are recognised by a tensor of a layer") {
    CHECK(recognised({"blocks.0.attn.W_V", "embed.W_E"}) == "TransformerLens behind ''");
    CHECK(recognised({"transformer.blocks.3.attn.W_V"}) == "TransformerLens behind 'transformer.'");
    CHECK(recognised({"transformer.blocks.0.attn.W_V", "state_embedding.weight"}) ==
          "decision transformer behind 'transformer.'");
    CHECK(recognised({"embed.W_E", "unembed.W_U"}) == "none");
    CHECK(recognised({"state_embedding.weight"}) == "none");
    CHECK(recognised({"model.layers.0.self_attn.q_proj.weight"}) == "none");
    CHECK(recognised({}) == "none");
}

TEST_CASE("every scheme has a name for each part and the axes of each matrix") {
    for (const auto& scheme : sl::known_schemes) {
        for (std::size_t part = 0; part < sl::weight_part_count; ++part)
            CHECK(std::any_of(scheme.parts.begin(), scheme.parts.end(), [&](const sl::part_name& row) {
                return static_cast<std::size_t>(row.part) == part;
            }));
        for (const auto& row : scheme.parts) CHECK(row.axes[0] != sl::model_axis::none);
    }
}
