#include "svdlens/model/detail/scheme_fields.hpp"

#include <cstddef>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "support/catch.hpp"

namespace sl = svdlens;
using namespace sl::detail;

namespace {

/// A value that the compiler calls by its name: `...::W_E`, or `(...)37` where the enum has no such value.
template <auto value>
constexpr std::string_view spelled_value() {
    std::string_view text = __PRETTY_FUNCTION__; // ... [with auto value = X; ...] or ... [value = X]
    text.remove_prefix(text.find("value = ") + 8);
    text = text.substr(0, text.find_first_of(";]"));
    return text;
}

/// The names of all enumerators whose numbers are below 64.
template <class E, std::size_t... k>
std::set<std::string> enumerators(std::index_sequence<k...>) {
    std::set<std::string> names;
    const auto add = [&](std::string_view spelled) {
        if (spelled.find(')') != std::string_view::npos) return;
        names.insert(std::string(spelled.substr(spelled.rfind(':') + 1)));
    };
    (add(spelled_value<static_cast<E>(k)>()), ...);
    return names;
}

/// Every enumerator has a word, its own name, and no word stands for two.
template <class E>
void check_words(const std::set<std::string>& without = {}) {
    auto expected = enumerators<E>(std::make_index_sequence<64>());
    INFO(words_of<E>::noun);
    REQUIRE(expected.size() > 1);
    for (const auto& each : without) CHECK(expected.erase(each) == 1);
    std::set<std::string> words;
    for (const auto& each : words_of<E>::all) {
        CHECK(words.insert(std::string(each.text)).second);
        CHECK(word_of(each.value) == each.text);
        CHECK(value_of<E>(each.text) == each.value);
    }
    CHECK(words == expected);
}

struct anything {
    template <class T>
    operator T() const {
        std::abort();
    }
};

template <class Row, std::size_t... k>
constexpr bool takes(std::index_sequence<k...>) {
    return requires { Row{(void(k), anything())...}; };
}

/// How many fields an aggregate has.
template <class Row, std::size_t n = 0>
constexpr std::size_t field_count() {
    if constexpr (!takes<Row>(std::make_index_sequence<n + 1>()))
        return n;
    else
        return field_count<Row, n + 1>();
}

/// Every field of a row has a key, and no key stands for two.
template <class Row>
void check_fields() {
    std::set<std::string_view> keys;
    for_each_field<Row>([&](const auto& field) { CHECK(keys.insert(field.key).second); });
    CHECK(keys.size() == field_count<Row>());
    CHECK(keys.count("comment") == 0); // it is for people
}

} // namespace

TEST_CASE("every enumerator of a naming scheme has a word in scheme files, its own name") {
    check_words<weight_part>();
    check_words<model_axis>({"none"}); // an axis that is not there is not written
    check_words<name_root>();
    check_words<sl::flow>();
    check_words<sl::matrix_role>();
    check_words<tensor_hint>();
    check_words<matrix_form>();
    check_words<sl::schemes::recognition>();
    check_words<sl::normalization>();
    check_words<sl::norm_placement>();
    check_words<sl::schemes::stored_gain>();
    check_words<sl::schemes::gated_bias>();
    check_words<sl::block_order>();
    check_words<sl::schemes::embedding_scale>();
    check_words<sl::schemes::missing_unembedding>();
    check_words<sl::schemes::position_kind>();
    check_words<sl::rotary_pairing>();
    check_words<sl::schemes::score_scale>();
    check_words<sl::schemes::config_multipliers>();
}

TEST_CASE("every field of a naming scheme and of its rows has a key in scheme files") {
    check_fields<sl::naming_scheme>();
    check_fields<part_name>();
    check_fields<extra_name>();
    check_fields<hint_name>();
    check_fields<scheme_marker>();
    check_fields<sl::schemes::architecture_traits>();
    CHECK(field_count<sl::naming_scheme>() > 9);
    CHECK(field_count<part_name>() > 3);
}

TEST_CASE("the axes of a part are those that the known tables give it") {
    CHECK(axes_of(weight_part::W_Q)[0].factors[0].axis == model_axis::n_heads);
    CHECK(axes_of(weight_part::b_out)[0].factors[0].axis == model_axis::d_model);
    CHECK(axes_of(weight_part::b_out)[1].factors[0].is_nothing());
    CHECK(axes_of(weight_part::W_in)[1].factors[0].axis == model_axis::d_mlp);
}
