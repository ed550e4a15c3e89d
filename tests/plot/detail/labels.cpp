#include "svdlens/plot/detail/labels.hpp"

#include <set>
#include <string>

#include "support/catch.hpp"

using svdlens::plot::json;
using svdlens::plot::detail::category_axis;
using svdlens::plot::detail::label_length;
using svdlens::plot::detail::label_list;
using svdlens::plot::detail::shown_label;

TEST_CASE("a label is shown as it is: no markup, no control characters, not empty") {
    CHECK(shown_label("L0H3") == "L0H3");
    CHECK(shown_label("<b>") == "&lt;b&gt;");
    CHECK(shown_label("a\nb\tc\x1f") == "a b c ");
    CHECK(shown_label(std::string("nul\0", 4)) == "nul ");
    CHECK(shown_label("") == "(empty)");
}

TEST_CASE("a long label is cut before it is escaped") {
    const auto text = shown_label(std::string(label_length + 1, '<'));
    CHECK(text == [] {
        std::string expected;
        for (std::size_t k = 1; k < label_length; ++k) expected += "&lt;";
        return expected + "\xe2\x80\xa6";
    }());
}

TEST_CASE("equal labels of an axis are told apart by their index") {
    label_list labels;
    labels.add("a", 0);
    labels.add("b", 1);
    labels.add("a", 2);
    labels.add("a", 3);
    CHECK(labels.texts() == json{"a", "b", "a #2", "a #3"});
    CHECK(labels.size() == 4);
}

TEST_CASE("labels that look like an index that was added, or like each other when cut, stay different") {
    label_list labels;
    const std::string longest(label_length + 10, 'x');
    for (const auto& label :
         {std::string("a"), std::string("a #2"), std::string("a"), longest, longest + "y"})
        labels.add(label, labels.size());
    std::set<std::string> different;
    for (const auto& text : labels.texts()) different.insert(text.get<std::string>());
    CHECK(different.size() == 5);
}

TEST_CASE("no labels are an empty list, not null") { CHECK(label_list().texts() == json::array()); }

TEST_CASE("an axis of digits is no number line") {
    const auto axis = category_axis("neuron <1>", json{"10", "9"});
    CHECK(axis["type"] == "category");
    CHECK(axis["categoryarray"] == json{"10", "9"});
    CHECK(axis["categoryorder"] == "array");
    CHECK(axis["title"]["text"] == "neuron &lt;1&gt;");
}
