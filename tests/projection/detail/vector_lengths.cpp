#include "svdlens/projection/detail/vector_lengths.hpp"

#include <cstddef>
#include <filesystem>
#include <utility>
#include <vector>

#include "projection/random_values.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/core/shard_run.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

/// Two layers of neurons, some of them zero, some longer than products can take.
sl::vector_set measured_set() {
    constexpr std::size_t count = 2500, length = 6;
    sl::vector_set set{.name = "mlp in",
                       .axes = {{{"layer", 2}, {"neuron", count}}, {}},
                       .identity = {"neuron", "L{layer}N{neuron}"},
                       .layers = {},
                       .port = {sl::flow::reads, 2, 4}};
    random_values values;
    for (std::size_t l = 0; l < 2; ++l) {
        auto layer = values.operator()<float>(count * length);
        for (const std::size_t k : {7U, 1023U, 1024U, 2499U})
            for (std::size_t c = 0; c < length; ++c) layer[k * length + c] *= k == 7 ? 0 : 1e30F;
        set.layers.emplace_back(std::move(layer), count, length);
    }
    return set;
}

sl::detail::vector_lengths<float> places_for(const sl::vector_set& set) {
    sl::detail::vector_lengths<float> result;
    for (const auto& layer : set.layers) result.inverse.emplace_back(layer.rows());
    result.extreme.resize(set.layers.size());
    return result;
}

} // namespace

TEST_CASE("processes measure vectors for each other, and find what one does") {
    const auto set = measured_set();
    const std::vector<bool> all(2, true);
    const auto alone = sl::detail::measure_vectors(set, all, {.threads = 2});
    CHECK(alone.extreme[1] == std::vector<std::size_t>{1023, 1024, 2499});
    const auto stretches = sl::detail::vector_stretches(set, all);
    const temporary_directory folder;
    const auto together = [&](std::size_t k) {
        const sl::shard_run shards(folder.path(), {k, 3}, {{"model", "abc"}});
        auto found = places_for(set);
        sl::detail::measure_together(set, stretches, found, shards.of({.threads = 2}));
        return found;
    };
    for (const std::size_t k : {2U, 1U, 3U}) {
        const auto found = together(k);
        CHECK(found.inverse == alone.inverse);
        CHECK(found.extreme == alone.extreme);
        CHECK(files_in(folder.path() / "made") == 6);
        for (const auto& each :
             std::filesystem::directory_iterator(folder.path() / "made")) { // one is damaged
            auto bytes = read_file(each.path());
            bytes[bytes.size() / 2] ^= 1;
            write_file(each.path(), bytes);
            break;
        }
    }
}
