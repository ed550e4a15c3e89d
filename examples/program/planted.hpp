/// @file
/// `svdlens planted`: writes a small transformer with a known circuit, or one that a program was compiled to.
#ifndef SVDLENS_EXAMPLES_PROGRAM_PLANTED_HPP
#define SVDLENS_EXAMPLES_PROGRAM_PLANTED_HPP

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <svdlens/core/file_writer.hpp>
#include <svdlens/core/text.hpp>

#include "command_line.hpp"
#include "json_text.hpp"
#include "options.hpp"
#include "output_folder.hpp"
#include "planted_model.hpp"
#include "program_file.hpp"
#include "text.hpp"

namespace program {

namespace detail {

/// A number of a range, or a usage error that says what was expected.
inline double parse_between(const std::string& option, std::string_view text, double least, double most,
                            const std::string& expected) {
    double value = 0;
    const char* last = text.data() + text.size();
    const auto [end, failure] = std::from_chars(text.data(), last, value);
    if (failure != std::errc() || end != last || !(value >= least && value <= most))
        throw usage_error(option + ": expected " + expected + ", found " +
                          svdlens::quoted(std::string(text)));
    return value;
}

/// Which of some names an option says; the first where it says none.
inline std::size_t parse_name(const std::string& option, const std::string& text,
                              const std::vector<std::string>& names) {
    if (text.empty()) return 0;
    const auto found = std::find(names.begin(), names.end(), text);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    std::string known;
    for (const auto& name : names) known += (known.empty() ? "" : ", ") + name;
    throw usage_error(option + ": expected one of " + known + ", found " + text + nearest(text, names));
}

/// `3x4`, `3x4:noise`.
inline planted::compiler::outliers parse_outliers(std::string_view text) {
    constexpr std::string_view in_noise = ":noise";
    const std::string expected = "a count from 0 to 32, x and a size from 1 to 100, such as 3x4 or 3x4:noise";
    planted::compiler::outliers result;
    if (text.empty()) return result;
    result.in_noise_only = text.ends_with(in_noise);
    if (result.in_noise_only) text.remove_suffix(in_noise.size());
    const auto middle = (std::min)(text.find('x'), text.size());
    const double count = parse_between("--outliers", text.substr(0, middle), 0, 32, expected);
    result.count = static_cast<std::size_t>(count);
    if (static_cast<double>(result.count) != count) throw usage_error("--outliers: expected " + expected);
    result.size =
        parse_between("--outliers", text.substr((std::min)(middle + 1, text.size())), 1, 100, expected);
    return result;
}

/// The parts that a program has, each once.
inline std::vector<std::string> parts_of(const planted::compiler::listing& listing) {
    std::vector<std::string> parts{"embedding", "unembedding"};
    const auto add = [&](const std::string& part) {
        if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
    };
    for (const auto& each : listing.heads) add(each.part);
    for (const auto& each : listing.neurons) add(each.part);
    return parts;
}

inline planted::compiler::options compiler_options(const options& o) {
    namespace compiler = planted::compiler;
    parse_name("--program", o.listing,
               {std::begin(compiler::program_names), std::end(compiler::program_names)});
    compiler::options result{.program = o.listing, .seed = o.seed, .broken = o.broken};
    result.form = static_cast<compiler::form>(
        parse_name("--form", o.form, {"plain", "layer_norm", "rms_norm", "grouped"}));
    result.spectra = static_cast<compiler::spectra>(parse_name("--spectra", o.spectra, {"graded", "flat"}));
    result.outliers = parse_outliers(o.outliers);
    if (!o.noise.empty()) result.noise = parse_between("--noise", o.noise, 0, 10, "a number from 0 to 10");
    parse_name("--broken", o.broken,
               parts_of(compiler::program_listing(result.program, result.form, result.spectra)));
    return result;
}

inline void require_no_program_options(const options& o) {
    for (const auto& [name, value] : {std::pair{"--form", &o.form},
                                      {"--spectra", &o.spectra},
                                      {"--outliers", &o.outliers},
                                      {"--noise", &o.noise},
                                      {"--broken", &o.broken}})
        if (!value->empty()) throw usage_error(std::string(name) + " is of a program: add --program NAME");
}

/// The model, the table of its channels beside it, and how often it answers right.
inline int write_program(const options& o) {
    const auto made_with = compiler_options(o);
    const auto program = planted::compiler::compile(made_with);
    const auto edges = planted::compiler::truth_of(program);
    auto truth = o.out;
    truth.replace_extension(".truth.csv");
    output_file place(o.out, planted_mark), beside(truth, table_mark);
    planted::compiler::write(program, place.path());
    svdlens::file_writer table(beside.path());
    table.write("# svdlens planted: the channels of " + o.listing + "\n" +
                planted::compiler::truth_table(edges));
    table.commit();
    const double right = planted::compiler::accuracy(program, planted::compiler::calibrate(program));
    place.commit();
    beside.commit();
    const bool is_choice = program.source.kind == planted::compiler::answer_kind::choice;
    const char* measure = is_choice ? "right" : "area_under_curve";
    if (o.json)
        print_json(std::cout, {{"file", o.out.string()},
                               {"truth", truth.string()},
                               {"seed", o.seed},
                               {"channels", edges.size()},
                               {measure, right}});
    if (!o.json && !o.quiet)
        std::cout << "Written to " << svdlens::shown_bytes(o.out.string()) << ", its " << edges.size()
                  << " channels to " << svdlens::shown_bytes(truth.string()) << "\n"
                  << (is_choice ? "Answers right: " : "Tells yes from no (area under the curve): ")
                  << number(right, 3) << " (1 is all), of 200 questions\n";
    return EXIT_SUCCESS;
}

} // namespace detail

inline int planted_command(options o) {
    if (o.out.empty()) o.out = "planted.safetensors";
    if (o.out.extension() == ".csv")
        throw usage_error("--out " + o.out.string() +
                          ": expected a name for weights, as planted.safetensors");
    if (!o.listing.empty()) return detail::write_program(o);
    detail::require_no_program_options(o);
    output_file place(o.out, planted_mark);
    planted::write(planted::make({.seed = o.seed}), place.path());
    place.commit();
    if (o.json) print_json(std::cout, {{"file", o.out.string()}, {"seed", o.seed}});
    if (!o.json && !o.quiet) std::cout << "Written to " << svdlens::shown_bytes(o.out.string()) << "\n";
    return EXIT_SUCCESS;
}

} // namespace program

#endif
