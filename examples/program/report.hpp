/// @file
/// `svdlens report`: one page on a model's circuits.
#ifndef SVDLENS_EXAMPLES_PROGRAM_REPORT_HPP
#define SVDLENS_EXAMPLES_PROGRAM_REPORT_HPP

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <svdlens/plot/page.hpp>
#include <svdlens/plot/script_source.hpp>
#include <svdlens/report/report.hpp>

#include "analysis.hpp"
#include "json_text.hpp"
#include "output_folder.hpp"
#include "reading.hpp"
#include "sections.hpp"

namespace program {

namespace detail {

/// A script in a folder, or in the package that it comes in.
inline std::filesystem::path find_script(const std::filesystem::path& folder, const char* name,
                                         const char* in_package) {
    return std::filesystem::exists(folder / in_package) ? folder / in_package : folder / name;
}

/// Where the page finds plotly.js and vis-network.
inline svdlens::plot::html_options scripts_of(const options& o) {
    using svdlens::plot::script_source;
    if (!o.embed.empty() && !o.link.empty()) throw usage_error("--embed and --link: expected one of them");
    if (!o.embed.empty())
        return {.plotly = script_source::embedded(
                    find_script(o.embed, "plotly.min.js", "plotly.js-dist-min/plotly.min.js")),
                .vis_network = script_source::embedded(find_script(
                    o.embed, "vis-network.min.js", "vis-network/standalone/umd/vis-network.min.js"))};
    if (!o.link.empty())
        return {.plotly = script_source::linked(o.link + "/plotly.min.js"),
                .vis_network = script_source::linked(o.link + "/vis-network.min.js")};
    return {};
}

/// An argument as a shell takes it.
inline std::string shell_word(const std::string& text) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_-./:=@,+").find(c) != std::string_view::npos;
    };
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

/// How the model was read, as it was said on the command line.
inline std::string reading_arguments(const options& o) {
    std::string text;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) text += std::string(" ") + name + " " + shell_word(svdlens::shown_bytes(value));
    };
    add("--variant", o.variant);
    if (o.prefix) text += " --prefix " + shell_word(svdlens::shown_bytes(*o.prefix)); // '' is one
    add("--tower", o.tower.value_or(""));
    add("--key", o.key);
    add("--base", o.base);
    for (const auto& each : o.vectors) add("--vectors", each);
    add("--scheme", o.scheme);
    add("--n-heads", o.n_heads == 0 ? std::string() : svdlens::to_text(o.n_heads));
    add("--model-type", o.model_type);
    return text;
}

/// What makes the page, and the tables of its findings, again.
inline std::vector<std::string> checks_of(const options& o, const std::filesystem::path& model) {
    const std::string tests = reading_arguments(o) + " --q " + svdlens::to_text(o.q) +
                              (o.null == svdlens::null_model::share ? "" : " --null isotropic") +
                              (o.raw ? " --raw" : "") + (o.all_features ? " --all-features" : "") +
                              (o.neuron_tokens ? " --neuron-tokens" : "") +
                              (o.rotary_offset ? " --offset " + svdlens::to_text(*o.rotary_offset) : "");
    const std::string name = shell_word(svdlens::shown_bytes(model.string()));
    return {"svdlens report " + name + tests + " --score " + std::string(svdlens::to_text(o.score)) +
                (o.tail ? " --tail " + svdlens::to_text(*o.tail) : ""),
            "svdlens analyse " + name + tests + " --out circuit"};
}

inline svdlens::report_options report_options_of(const read_model& model, const options& o,
                                                 svdlens::index_list features, std::vector<std::string> facts,
                                                 const std::filesystem::path& shown) {
    return {.score = o.score,
            .tail = o.tail.value_or(0.001),
            .features = std::move(features),
            .tokens = model.tokens,
            .max_edges = o.max_edges,
            .facts = std::move(facts),
            .q = o.q,
            .null = o.null,
            .checks = checks_of(o, shown),
            .rotary_offset = offset_of(model, o),
            .most_neuron_rows = o.most_neuron_rows()};
}

} // namespace detail

inline int report_command(options o) {
    if (o.out.empty()) o.out = "report.html";
    const auto scripts = detail::scripts_of(o);
    output_file place(o.out, page_mark); // tried before the work
    auto model = read(o, o.model, o.model);
    place.keep_inputs(inputs_of(model, o));
    std::vector<std::string> facts;
    for (const auto& [name, hash] : hashes(model, o)) facts.push_back("sha256 " + hash + "  " + name);
    say_missing_sides(model);
    auto features = chosen_features(model, o);
    for (const auto& note : model.left_out) facts.push_back("left out: " + note);
    progress_bar bar(o.quiet);
    current_stage = "making the report";
    bar.expect(1);
    bar.begin("report", "steps", 1);
    const auto made = svdlens::make_report(
        model.weights, detail::report_options_of(model, o, std::move(features), std::move(facts), o.model),
        o.run(bar.reporter()));
    bar.clear();
    stop_if_interrupted();
    svdlens::write_html(place.path(), made.page, scripts);
    place.commit();
    if (o.json)
        print_json(std::cout,
                   {{"model", json_model(model)}, {"file", o.out.string()}, {"report", made.numbers}});
    if (o.json || o.quiet) return EXIT_SUCCESS;
    print_model(std::cout, model.weights);
    print_left_out(std::cout, model);
    std::cout << "\nWritten to " << svdlens::shown_bytes(o.out.string()) << ": open it in a browser\n";
    return EXIT_SUCCESS;
}

} // namespace program

#endif
