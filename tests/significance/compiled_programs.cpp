#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "program_recovery.hpp"
#include "support/naive_transformer.hpp"
#include "support/sample_size.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/circuit/head_marks.hpp"
#include "svdlens/circuit/path_places.hpp"
#include "svdlens/circuit/top_paths.hpp"
#include "svdlens/directions/singular_directions.hpp"
#include "svdlens/model/fold_norms.hpp"

namespace sl = svdlens;
namespace compiler = planted::compiler;

namespace {

/// A few seeds of each program; run_all.sh takes more.
std::size_t program_seeds() { return svdlens_tests::sample_size("SVDLENS_PROGRAM_SEEDS", 0); }

constexpr compiler::form all_forms[] = {compiler::form::plain, compiler::form::layer_norm,
                                        compiler::form::rms_norm, compiler::form::grouped};

/// How often the file answers right, by a forward pass that knows nothing of how it was made.
double naive_accuracy(const compiler::options& o, std::size_t count) {
    const svdlens_tests::temporary_directory folder;
    const auto program = compiler::compile(o);
    compiler::write(program, folder / "program.safetensors");
    const sl::transformer_weights weights(sl::open_safetensors(folder / "program.safetensors"));
    const auto kind = o.form == compiler::form::rms_norm ? svdlens_tests::activation::silu
                                                         : svdlens_tests::activation::relu;
    const auto asked = compiler::ask(program.source, count, 2);
    std::vector<svdlens_tests::stream_row> answers;
    for (const auto& each : asked)
        answers.push_back(svdlens_tests::run_naively(weights, each.tokens, kind).back());
    return compiler::share_right(program.source, asked,
                                 [&](std::size_t k, std::size_t t) { return answers[k][t]; });
}

/// Programs that do not answer right in a form, or right without a part: said in docs/compiled_programs.md.
bool is_not_counted(std::string_view program, compiler::form form) {
    struct exception {
        std::string_view program;
        compiler::form form;
        const char* measured;
    };
    constexpr exception all[] = {{"first_unique", compiler::form::rms_norm, ".80 to .97 right"},
                                 {"palindrome", compiler::form::grouped, "without back 3: .64"},
                                 {"palindrome", compiler::form::rms_norm, "without back 1: .61"},
                                 {"duplicate_token", compiler::form::plain, "without conclude: .61"}};
    return std::any_of(std::begin(all), std::end(all),
                       [&](const exception& e) { return e.program == program && e.form == form; });
}

/// Right with all parts, wrong without any one that answers need.
void check_answers(compiler::options o, std::size_t count) {
    const auto program = compiler::compile(o);
    const auto sizes = compiler::calibrate(program);
    INFO(o.program << " form " << static_cast<int>(o.form) << " spectra " << static_cast<int>(o.spectra)
                   << " seed " << o.seed);
    CHECK(compiler::accuracy(program, sizes, count) >= 0.9);
    const bool is_choice = program.source.kind == compiler::answer_kind::choice;
    for (const auto& part : program.source.essential) {
        o.broken = part;
        INFO("without " << part);
        CHECK(compiler::accuracy(compiler::compile(o), sizes, count) <= (is_choice ? 0.3 : 0.6));
    }
}

} // namespace

TEST_CASE("a compiled program's file computes what the program does") {
    // One program a form here; the compiler's own forward pass has all of them, in the next case.
    const std::map<compiler::form, const char*> programs = {{compiler::form::plain, "induction"},
                                                            {compiler::form::layer_norm, "palindrome"},
                                                            {compiler::form::rms_norm, "q_composition"},
                                                            {compiler::form::grouped, "v_composition"}};
    for (const auto& [form, name] : programs) {
        INFO(name);
        const compiler::options o{.program = name, .form = form, .seed = 1};
        const auto program = compiler::compile(o);
        auto sizes = compiler::calibrate(program);
        const auto asked = compiler::ask(program.source, 6, 3);
        const auto logits = compiler::detail::runner(program, sizes).run(asked);
        const svdlens_tests::temporary_directory folder;
        compiler::write(program, folder / "p.safetensors");
        const sl::transformer_weights weights(sl::open_safetensors(folder / "p.safetensors"));
        const auto kind = form == compiler::form::rms_norm ? svdlens_tests::activation::silu
                                                           : svdlens_tests::activation::relu;
        for (std::size_t k = 0; k < asked.size(); ++k) {
            const auto row = svdlens_tests::run_naively(weights, asked[k].tokens, kind).back();
            REQUIRE(row.size() == compiler::d_vocab);
            // A LayerNorm's readers have another mean in the file: no logit depends on it.
            for (std::size_t t = 0; t < row.size(); ++t)
                CHECK(std::abs(row[t] - logits(static_cast<Eigen::Index>(k), static_cast<Eigen::Index>(t))) <
                      2e-3 * (std::max)(1.0, std::abs(row[t])));
        }
    }
}

TEST_CASE("a compiled program answers right, and wrong when a part that it needs is turned away") {
    const auto seeds = program_seeds();
    // The short run takes one setting a program, another form for each.
    std::size_t turn = 0;
    for (const auto name : compiler::program_names) {
        const auto mine = all_forms[turn++ % std::size(all_forms)];
        for (const auto form : all_forms)
            for (const auto values : {compiler::spectra::graded, compiler::spectra::flat}) {
                if (seeds == 0 && (form != mine || values == compiler::spectra::flat)) continue;
                if (is_not_counted(name, form)) continue;
                for (std::uint64_t seed = 0; seed < (seeds == 0 ? 1 : seeds); ++seed)
                    check_answers(
                        {.program = std::string(name), .form = form, .seed = seed, .spectra = values},
                        seeds == 0 ? 200 : 600);
            }
    }
}

TEST_CASE("the naive forward pass of a file agrees that its program answers") {
    CHECK(naive_accuracy({.program = "induction"}, 20) >= 0.9);
    CHECK(naive_accuracy({.program = "induction", .broken = "previous"}, 20) <= 0.3);
    CHECK(naive_accuracy({.program = "palindrome", .form = compiler::form::rms_norm}, 20) >= 0.9);
    CHECK(naive_accuracy({.program = "palindrome", .form = compiler::form::rms_norm, .broken = "both"}, 20) <=
          0.6);
}

TEST_CASE("the same seed compiles to the same weights, another to others") {
    const compiler::options o{.program = "skip_trigram", .seed = 7};
    const auto once = compiler::compile(o), again = compiler::compile(o);
    const auto other = compiler::compile({.program = "skip_trigram", .seed = 8});
    CHECK(once.weights.embed == again.weights.embed);
    CHECK(once.weights.layers[2].W_out == again.weights.layers[2].W_out);
    CHECK(once.weights.embed != other.weights.embed);
    CHECK(compiler::truth_table(compiler::truth_of(once)) ==
          compiler::truth_table(compiler::truth_of(again)));
}

TEST_CASE("a truth list says what stands in the weights") {
    for (const auto form : all_forms) {
        const auto program = compiler::compile({.program = "induction", .form = form, .noise = 0});
        std::map<std::string, std::size_t> routes;
        for (const auto& edge : compiler::truth_of(program)) {
            if (edge.kind == compiler::edge_kind::route) ++routes[edge.kind_of];
            CHECK(std::abs(edge.cosine) <= 1 + 1e-12);
            CHECK((edge.kind_of.starts_with("token") ? std::stoul(edge.source) < 12
                                                     : edge.source.find(' ') == std::string::npos));
        }
        CHECK(routes["head_to_head_k"] == 2); // the previous token's head to both others
        CHECK(routes["head_to_head_q"] == 0);
        CHECK(routes["token_to_head_v"] == 30); // ten letters, three heads
        CHECK(routes["head_to_token"] == 20);
        CHECK(routes["token_to_head_q"] == 20);
    }
    const auto broken = compiler::compile({.program = "induction", .broken = "previous"});
    for (const auto& edge : compiler::truth_of(broken))
        if (edge.kind_of == "head_to_head_k") CHECK(edge.kind == compiler::edge_kind::null);
}

namespace {

/// Counts by class, pooled over programs and seeds.
struct recovery_setting {
    compiler::form form = compiler::form::plain;
    compiler::spectra spectra = compiler::spectra::graded;
    compiler::outliers outliers = {};
    sl::null_model null = sl::null_model::share;
    bool breaks = false; ///< the first part that each program needs
};

std::vector<svdlens_tests::program_model> models_of(const recovery_setting& in, std::size_t seeds,
                                                    const std::vector<std::string_view>& programs) {
    const svdlens_tests::temporary_directory folder;
    std::vector<svdlens_tests::program_model> models;
    for (const auto name : programs)
        for (std::uint64_t seed = 0; seed < seeds; ++seed) {
            compiler::options o{.program = std::string(name),
                                .form = in.form,
                                .seed = seed,
                                .spectra = in.spectra,
                                .outliers = in.outliers};
            if (in.breaks) o.broken = compiler::program_listing(name, in.form, in.spectra).essential.front();
            models.emplace_back(o, folder / (std::to_string(models.size()) + ".safetensors"));
        }
    return models;
}

/// All models as one family: what a rate over what is pooled is a rate of.
svdlens_tests::counts_by_class one_family(const recovery_setting& in,
                                          const std::vector<svdlens_tests::program_model>& models) {
    std::vector<const svdlens_tests::program_model*> all;
    for (const auto& each : models) all.push_back(&each);
    return svdlens_tests::recover_programs(all, in.null);
}

/// Every model a family of its own, as who has one model tests it.
svdlens_tests::counts_by_class family_each(const recovery_setting& in,
                                           const std::vector<svdlens_tests::program_model>& models) {
    svdlens_tests::counts_by_class all;
    for (const auto& each : models)
        for (const auto& [kind, counts] : svdlens_tests::recover_programs({&each}, in.null))
            all[kind].add(counts);
    return all;
}

const std::vector<std::string_view> every_program(std::begin(compiler::program_names),
                                                  std::end(compiler::program_names));

/// Flat spectra have no single directions, and pairs of heads are judged by head: by whole heads then.
bool is_judged(const std::string& kind, compiler::spectra values) {
    const bool has_heads = kind.find("head") != std::string::npos;
    const bool by_head = kind.ends_with(" by head"), is_pair = kind.starts_with("head_to_head");
    if (kind.starts_with("position_to_head_v")) return false; // no program has any
    return has_heads && (values == compiler::spectra::flat || is_pair) ? by_head : !by_head;
}

void print_recovery(const recovery_setting& in, const char* families,
                    const svdlens_tests::counts_by_class& all) {
    if (program_seeds() == 0) return;
    using svdlens_tests::class_counts;
    std::printf("form %d, %s, %zu outliers, %s%s, %s\n", static_cast<int>(in.form),
                in.spectra == compiler::spectra::graded ? "graded" : "flat", in.outliers.count,
                in.null == sl::null_model::share ? "share" : "isotropic", in.breaks ? ", broken" : "",
                families);
    for (const auto& [kind, c] : all)
        std::printf(
            "  %-30s routes %4zu recall %.3f weak %3zu %.2f rows %5zu false %.3f mean %.3f decoy %.3f "
            "of %8.0f broken %3zu found %.2f\n",
            kind.c_str(), c.routes, class_counts::share(c.found, c.routes), c.weak_routes,
            class_counts::share(c.weak_found, c.weak_routes), c.rows,
            class_counts::share(c.false_rows, c.rows), c.mean_false_share(), c.decoy_rate(), c.control_rows,
            c.broken, class_counts::share(c.broken_found, c.broken));
}

/// Of graded spectra the vectors of a program's heads are singular directions of theirs, most of them.
void check_identity(const std::vector<svdlens_tests::program_model>& models) {
    std::map<std::string, std::pair<std::size_t, std::size_t>> sides;
    for (const auto& each : models)
        for (const auto& [side, count] : each.identified()) {
            sides[side].first += count.first;
            sides[side].second += count.second;
        }
    for (const auto& [side, count] : sides) {
        INFO("side " << side);
        if (program_seeds() != 0)
            std::printf("  identity %s %.3f of %zu\n", side.c_str(),
                        svdlens_tests::class_counts::share(count.first, count.second), count.second);
        CHECK(4 * count.first >= 3 * count.second);
    }
}

} // namespace

TEST_CASE("the channels of compiled programs are found, and little else") {
    using svdlens_tests::class_counts;
    const auto seeds = program_seeds();
    for (const auto form : all_forms)
        for (const auto values : {compiler::spectra::graded, compiler::spectra::flat}) {
            // One setting of eight in the short run.
            if (seeds == 0 && (form != compiler::form::plain || values == compiler::spectra::flat)) continue;
            const recovery_setting in{.form = form, .spectra = values};
            const auto models = models_of(in, seeds == 0 ? 1 : seeds, every_program);
            const auto all = one_family(in, models);
            print_recovery(in, "one family", all);
            if (seeds != 0) print_recovery(in, "a family each", family_each(in, models));
            if (values == compiler::spectra::graded) check_identity(models);
            for (const auto& [kind, c] : all) {
                if (!is_judged(kind, values)) continue;
                INFO(kind << ", form " << static_cast<int>(form) << ", " << static_cast<int>(values));
                CHECK(class_counts::share(c.found, c.routes) >= 0.9);
                CHECK(10 * c.routes >= 7 * (c.routes + c.weak_routes));
                // Twice the rate, and one row: a rate of few rows is a matter of one.
                const auto bound = static_cast<double>(c.rows) / 10 + 1;
                CHECK((static_cast<double>(c.false_rows) <= bound || c.decoy_rate() > 0.1));
            }
        }
}

TEST_CASE("channels of a part that is turned away are not found, all others are") {
    using svdlens_tests::class_counts;
    const auto seeds = program_seeds();
    const recovery_setting in{.breaks = true};
    const auto models =
        models_of(in, seeds == 0 ? 1 : seeds,
                  seeds == 0 ? std::vector<std::string_view>{"induction", "skip_trigram"} : every_program);
    const auto all = one_family(in, models);
    print_recovery(in, "one family", all);
    class_counts rows;
    for (const auto& [kind, c] : all)
        if (is_judged(kind, compiler::spectra::graded)) {
            INFO(kind);
            CHECK(20 * c.broken_found <= c.broken + 20); // at most q, and one
            rows.add(c);
        }
    CHECK(rows.broken >= 40);
    CHECK(class_counts::share(rows.broken_found, rows.broken) <= 0.05);
    CHECK(class_counts::share(rows.found, rows.routes) >= 0.9);
}

TEST_CASE(
    "among outlier coordinates the isotropic null finds neurons' channels that are none, shares do not") {
    using svdlens_tests::class_counts;
    const auto seeds = program_seeds();
    const auto programs =
        seeds == 0 ? std::vector<std::string_view>{"previous_token", "skip_trigram"} : every_program;
    for (const auto form : all_forms) {
        if (seeds == 0 && form != compiler::form::plain) continue;
        const recovery_setting in{.form = form, .outliers = {3, 3, false}};
        const auto models = models_of(in, 1, programs);
        for (const auto null : {sl::null_model::share, sl::null_model::isotropic}) {
            const recovery_setting by{.form = form, .outliers = {3, 3, false}, .null = null};
            const auto all = one_family(by, models);
            print_recovery(by, "one family", all);
            for (const char* kind : {"neuron_to_token", "token_to_neuron_in"}) {
                const auto& c = all.at(kind);
                const double wrong = class_counts::share(c.false_rows, c.rows);
                INFO(kind << ", form " << static_cast<int>(form));
                CHECK(class_counts::share(c.found, c.routes) >= 0.9);
                if (null == sl::null_model::share)
                    CHECK(wrong <= 0.1);
                else
                    CHECK(wrong >= 0.5);
            }
        }
    }
}

namespace {

/// What the diagonal tests say of one head, in the words of the listing: `induction 1 induction of previous`.
struct expected_mark {
    std::string_view program, part;
    sl::head_role role;
    std::string_view partner = {};
};

using enum sl::head_role;
constexpr expected_mark expected_marks[] = {
    {"previous_token", "previous", previous_token},
    {"induction", "previous", previous_token},
    {"induction", "induction 1", copies},
    {"induction", "induction 2", copies},
    {"induction", "induction 1", sl::head_role::induction, "previous"},
    {"induction", "induction 2", sl::head_role::induction, "previous"},
    {"duplicate_token", "previous", previous_token},
    {"duplicate_token", "same", sl::head_role::induction, "previous"},
    {"palindrome", "back 1", previous_token},
    {"first_unique", "first", copies},
    {"copy_suppression", "suppress", suppresses_copies},
    {"q_composition", "ask", previous_token},
    {"q_composition", "fetch 1", copies},
    {"q_composition", "fetch 2", copies},
    {"v_composition", "previous", previous_token},
    {"v_composition", "second 1", previous_token},
    {"v_composition", "second 2", previous_token}};

std::string label_of_part(const compiler::compiled_program& p, std::string_view part) {
    for (std::size_t k = 0; k < p.source.heads.size(); ++k)
        if (p.source.heads[k].part == part)
            return "L" + std::to_string(p.places.heads[k].layer) + "H" +
                   std::to_string(p.places.heads[k].head);
    return {};
}

/// The heads that the tests have to name: those of whole parts. Rotary models have no test of positions.
std::set<std::string> heads_to_name(const compiler::compiled_program& p) {
    std::set<std::string> names;
    for (const auto& each : expected_marks) {
        const auto& broken = p.made_with.broken;
        if (each.program != p.made_with.program || each.part == broken) continue;
        if (!broken.empty() && each.partner == broken) continue;
        if (p.made_with.form == compiler::form::rms_norm && each.role == previous_token) continue;
        names.insert(label_of_part(p, each.part) + " " + std::string(to_text(each.role)) + " " +
                     label_of_part(p, each.partner));
    }
    return names;
}

/// The heads that stand out are those that the program has, and lead the others by far.
void check_marks(const compiler::options& o) {
    const svdlens_tests::temporary_directory folder;
    const auto program = compiler::compile(o);
    compiler::write(program, folder / "p.safetensors");
    const auto weights =
        sl::fold_norms(sl::transformer_weights(sl::open_safetensors(folder / "p.safetensors")));
    sl::token_test_options options;
    if (weights.is_rotary()) options.offset = 1;
    const auto marked = sl::head_marks(weights, sl::singular_directions(sl::ov_circuits(weights)), options);
    INFO(o.program << " form " << static_cast<int>(o.form) << " seed " << o.seed << " without " << o.broken);
    std::set<std::string> named;
    for (const auto& each : sl::standing_heads(marked)) {
        const auto& head = marked.heads[each.row];
        const bool is_pair = each.role == sl::head_role::induction;
        named.insert(head.head + " " + std::string(to_text(each.role)) + " " +
                     (is_pair ? head.partner : std::string()));
        CHECK(std::abs(each.mark.advantage) >= 5 * std::abs(each.next));
    }
    CHECK(named == heads_to_name(program));
    CHECK(marked.notes.size() == (weights.is_rotary() ? 1 : 0)); // the position test is refused
}

} // namespace

TEST_CASE("the diagonal tests name the heads of compiled programs, and those of a broken part no more") {
    const auto seeds = program_seeds();
    if (seeds == 0) { // a form each
        check_marks({.program = "induction", .form = compiler::form::layer_norm, .seed = 1});
        check_marks(
            {.program = "induction", .form = compiler::form::rms_norm, .seed = 1, .broken = "previous"});
        check_marks({.program = "duplicate_token", .form = compiler::form::grouped, .seed = 1});
        check_marks({.program = "copy_suppression", .form = compiler::form::plain, .seed = 1});
        return;
    }
    for (const auto name : compiler::program_names)
        for (const auto form : all_forms)
            for (std::uint64_t seed = 0; seed < seeds; ++seed) {
                std::set<std::string> broken{""};
                for (const auto& each : expected_marks)
                    if (each.program == name) broken.emplace(each.part);
                for (const auto& part : broken)
                    check_marks({.program = std::string(name), .form = form, .seed = seed, .broken = part});
            }
}

namespace {

/// What a target set of paths is called in the truth list.
std::string class_of_paths(const sl::vector_set& targets, const sl::float_directions& qk) {
    if (targets.name == "mlp_in") return "path_to_neuron_in";
    if (targets.name == "mlp_gate") return "path_to_neuron_gate";
    if (targets.name == "unembed") return "path_to_token";
    if (targets.name == qk.query().name) return "path_to_head_q";
    return targets.name == qk.key().name ? "path_to_head_k" : "path_to_head_v";
}

/// From what, through which heads, to what: of directions the heads.
using named_path = std::vector<std::string>;

named_path heads_of_path(const std::vector<std::string>& nodes) {
    named_path path;
    for (const auto& node : nodes) path.push_back(node.substr(0, node.find_first_of(". ")));
    return path;
}

/// The paths of the truth list of this class through so many heads; or only routes of large ideal cosine.
std::set<named_path> true_paths(const std::vector<compiler::true_edge>& truth, const std::string& kind,
                                std::size_t heads, bool only_strong) {
    std::set<named_path> paths;
    for (const auto& each : truth) {
        if (each.kind_of != kind || each.kind == compiler::edge_kind::null) continue;
        const bool is_strong =
            each.kind == compiler::edge_kind::route && std::abs(each.cosine) >= svdlens_tests::judged_cosine;
        if (only_strong && !is_strong) continue;
        named_path path{each.source};
        std::istringstream via(each.via);
        for (std::string head; via >> head;) path.push_back(head);
        path.push_back(each.target);
        if (path.size() == heads + 2) paths.insert(std::move(path));
    }
    return paths;
}

/// Of the strongest paths, as many as the program has: its own; those through the same heads that lead one of its inputs to
/// an output of another; and its own among the paths of whole heads.
struct path_counts {
    std::size_t there = 0, on_top = 0, crossed = 0, whole = 0;
};

/// Whether a path takes heads that the program takes from this source, and others to this target.
bool is_crossed(const named_path& path, const std::set<named_path>& real) {
    const auto shares = [&](std::size_t but) {
        return std::any_of(real.begin(), real.end(), [&](const named_path& other) {
            for (std::size_t k = 0; k < path.size(); ++k)
                if (k != but && path[k] != other[k]) return false;
            return true;
        });
    };
    return shares(0) && shares(path.size() - 1);
}

compiler::matrix dense(const sl::matrix& deferred_or_not) {
    const auto m = deferred_or_not.resident();
    compiler::matrix result(static_cast<Eigen::Index>(m.rows()), static_cast<Eigen::Index>(m.columns()));
    for (std::size_t i = 0; i < m.rows(); ++i)
        for (std::size_t j = 0; j < m.columns(); ++j)
            result(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = static_cast<double>(m(i, j));
    return result;
}

/// What is left of inputs behind heads of ascending layers: their sums over all directions.
struct whole_heads {
    std::vector<std::string> names = {};
    std::size_t next_layer = 0;
    compiler::matrix written;
};

std::vector<whole_heads> behind_heads(const sl::factored_set& ov, const sl::vector_set& sources,
                                      std::size_t heads) {
    std::vector<whole_heads> now{{.written = dense(sources.layers.front())}};
    now.front().written.rowwise().normalize();
    for (std::size_t k = 0; k < heads; ++k) {
        std::vector<whole_heads> next;
        for (const auto& each : now)
            for (std::size_t l = each.next_layer; l < ov.layers(); ++l)
                for (std::size_t h = 0; h < ov.heads(); ++h) {
                    auto& to = next.emplace_back(each);
                    to.names.push_back("L" + std::to_string(l) + "H" + std::to_string(h));
                    to.next_layer = l + 1;
                    to.written = each.written * dense(ov(l, h).a) * dense(ov(l, h).b);
                }
        now = std::move(next);
    }
    return now;
}

/// The strongest paths of whole heads: e W1 ... Wn w.
std::set<named_path> strongest_whole_paths(const sl::factored_set& ov, const sl::vector_set& sources,
                                           const sl::vector_set& targets, std::size_t heads,
                                           std::size_t count) {
    std::vector<std::pair<double, named_path>> best;
    for (const auto& each : behind_heads(ov, sources, heads))
        for (std::size_t t = 0; t < targets.layers.size(); ++t) {
            const bool is_layered = targets.layers.size() > 1;
            if (is_layered && t + 1 < each.next_layer) continue; // it reads before they write
            const compiler::matrix scores = each.written * dense(targets.layers[t]).transpose();
            std::vector<std::pair<double, std::pair<Eigen::Index, Eigen::Index>>> all;
            for (Eigen::Index i = 0; i < scores.rows(); ++i)
                for (Eigen::Index j = 0; j < scores.cols(); ++j)
                    all.push_back({-std::abs(scores(i, j)), {i, j}});
            const auto kept = (std::min)(count, all.size());
            std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end());
            for (std::size_t k = 0; k < kept; ++k) {
                named_path path{std::to_string(all[k].second.first)};
                path.insert(path.end(), each.names.begin(), each.names.end());
                const auto number = std::to_string(all[k].second.second);
                path.push_back(is_layered ? "L" + std::to_string(t) + "N" + number : number);
                best.push_back({all[k].first, std::move(path)});
            }
        }
    std::sort(best.begin(), best.end());
    std::set<named_path> result;
    for (std::size_t k = 0; k < (std::min)(count, best.size()); ++k) result.insert(best[k].second);
    return result;
}

/// How many of the strongest paths, as many as the program has, are its own: by class and number of heads.
void count_paths(const compiler::options& o, std::map<std::string, path_counts>& counts) {
    const svdlens_tests::temporary_directory folder;
    const auto program = compiler::compile(o);
    compiler::write(program, folder / "p.safetensors");
    const auto weights =
        sl::fold_norms(sl::transformer_weights(sl::open_safetensors(folder / "p.safetensors")));
    const auto circuits = sl::ov_circuits(weights);
    const auto ov = sl::singular_directions(circuits);
    const auto qk = sl::singular_directions(weights.is_rotary() ? sl::rotary_qk_circuits(weights, 0)
                                                                : sl::qk_circuits(weights));
    auto places = sl::places_of_paths(weights, ov);
    const std::size_t own_targets = places.targets.size();
    for (const auto* each : {&ov.reading(), &qk.query(), &qk.key()}) places.targets.push_back(*each);
    const auto truth = compiler::truth_of(program);
    for (std::size_t t = 0; t < places.targets.size(); ++t)
        for (const std::size_t heads : {1U, 2U}) {
            const auto& targets = places.targets[t];
            const auto kind = class_of_paths(targets, qk);
            const auto strong = true_paths(truth, kind, heads, true);
            const auto real = true_paths(truth, kind, heads, false);
            if (strong.empty()) continue;
            auto to = places;
            to.targets = {targets};
            const auto top =
                sl::top_paths(to, {.count = 100 * strong.size(), .fewest = heads, .most = heads});
            std::set<named_path> strongest;
            for (std::size_t k = 0; k < top.paths.size() && strongest.size() < strong.size(); ++k)
                strongest.insert(heads_of_path(sl::node_names(top.places, top.paths[k])));
            auto& count = counts[kind + " through " + std::to_string(heads)];
            count.there += strong.size();
            for (const auto& each : strongest) {
                count.on_top += real.count(each);
                count.crossed += real.count(each) == 0 && is_crossed(each, real);
            }
            if (t >= own_targets) {
                count.whole += strong.size(); // heads' own sides are directions
                continue;
            }
            for (const auto& each :
                 strongest_whole_paths(circuits, weights.embed(), targets, heads, strong.size()))
                count.whole += real.count(each);
        }
}

void check_paths(const std::map<std::string, path_counts>& counts, const std::string& what) {
    using svdlens_tests::class_counts;
    for (const auto& [name, count] : counts) {
        INFO(what << ", " << name);
        if (program_seeds() != 0)
            std::printf("%s, %s: %zu paths, on top %.3f crossed %.3f whole heads %.3f\n", what.c_str(),
                        name.c_str(), count.there, class_counts::share(count.on_top, count.there),
                        class_counts::share(count.crossed, count.there),
                        class_counts::share(count.whole, count.there));
        // Directions that noise turns into each other lead an input to a neighbour's output, and their sum does not.
        CHECK(10 * (count.on_top + count.crossed) >= 9 * count.there);
        CHECK(10 * count.whole >= 9 * count.there);
        if (name.ends_with("1")) CHECK(20 * count.on_top >= 17 * count.there);
    }
}

} // namespace

TEST_CASE("the paths of compiled programs are the strongest paths") {
    const auto seeds = program_seeds();
    if (seeds == 0) {
        std::map<std::string, path_counts> one, two;
        count_paths({.program = "induction", .form = compiler::form::layer_norm, .seed = 1}, one);
        check_paths(one, "induction");
        CHECK(one.at("path_to_token through 1").there == 20);
        count_paths({.program = "v_composition", .form = compiler::form::grouped, .seed = 1}, two);
        check_paths(two, "v_composition");
        CHECK(two.at("path_to_head_v through 1").there >= 20);
        return;
    }
    for (const auto form : all_forms) {
        std::map<std::string, path_counts> counts;
        for (const auto name : compiler::program_names)
            for (std::uint64_t seed = 0; seed < seeds; ++seed)
                count_paths({.program = std::string(name), .form = form, .seed = seed}, counts);
        check_paths(counts, "form " + std::to_string(static_cast<int>(form)));
    }
}
