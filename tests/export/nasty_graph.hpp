/// @file
/// A graph whose labels hold everything that breaks text formats.
#ifndef SVDLENS_TESTS_EXPORT_NASTY_GRAPH_HPP
#define SVDLENS_TESTS_EXPORT_NASTY_GRAPH_HPP

#include <string>
#include <vector>

#include "svdlens/graph/circuit_graph.hpp"
#include "svdlens/table/selection.hpp"

namespace svdlens_tests {

/// A label, and what is seen of it where control characters and broken bytes cannot be.
struct nasty_label {
    std::string label;
    std::string seen;
};

inline const std::vector<nasty_label>& nasty_labels() {
    static const std::vector<nasty_label> labels{
        {"</graph>", "</graph>"},
        {"a \"quoted\" & 'single' ]]> &lt; &amp;", "a \"quoted\" & 'single' ]]> &lt; &amp;"},
        {"\xf0\x9f\x98\x80 \xc3\xa9", "\xf0\x9f\x98\x80 \xc3\xa9"}, // emoji, accent
        {std::string("nul\0 bell\a del\x7f", 15), "nul\xe2\x90\x80 bell\xe2\x90\x87 del\xe2\x90\xa1"},
        {"broken \xff\xc3 \xed\xa0\x80",
         "broken \xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"no character \xef\xbf\xbf", "no character \xef\xbf\xbd"},
        {"\\N \\G \\l {a|b} <b>", "\\N \\G \\l {a|b} <b>"},
        {"ends in \\", "ends in \\"},
        {"", ""},
    };
    return labels;
}

/// An edge from each nasty label to the next, titled and sourced as nastily.
inline svdlens::basic_circuit_graph<float> nasty_graph() {
    std::vector<std::string> labels;
    for (const auto& nasty : nasty_labels()) labels.push_back(nasty.label);
    const auto count = labels.size();
    svdlens::axes axes({{"from", labels}, {"to", labels}},
                       {{"source", "{from}", "to\"k&en"}, {"target", "{to}", "to\"k&en"}});
    axes.set_title("<a> & \"b\"\\");
    axes.set_provenance("file <x>.safetensors\nsecond \"line\"\\");
    std::vector<svdlens::row_number> rows;
    for (std::size_t k = 0; k + 1 < count; ++k) rows.push_back(k * count + k + 1);
    return svdlens::circuit_graph(svdlens::selection(axes, rows, std::vector<float>(rows.size(), 1.0F)));
}

} // namespace svdlens_tests

#endif
