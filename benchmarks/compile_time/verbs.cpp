// Six verbs on three kinds of source.
#include <svdlens/table.hpp>
namespace sl = svdlens;

template <class Source>
double ask(const Source& source) {
    const auto edges = sl::outside_quantiles(source, 0.001, 0.999);
    const auto best = sl::top_k(source, 5, sl::by("head"));
    const auto counted = sl::value_counts(source, "head");
    return sl::describe(source).mean + sl::quantiles(source, {0.5}).front() +
           static_cast<double>(edges.size() + best.size() + counted.size() + sl::count_rows(source));
}

double ask_all(const sl::basic_long_table<float>& table, const sl::selection& rows) {
    return ask(table) + ask(rows) + ask(sl::where(table, sl::score() > 0.5));
}
