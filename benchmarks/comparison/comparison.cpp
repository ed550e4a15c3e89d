/// @file
/// svdlens' side of the comparison with the Python peers: one stage a process, one JSON object a line, each
/// with its limit measured beside it. benchmarks/compare.py runs it and says what the stages are.

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <svdlens/circuit/circuits.hpp>
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/io/safetensors.hpp>
#include <svdlens/model/transformer_weights.hpp>
#include <svdlens/projection/projection.hpp>
#include <svdlens/table/aggregates.hpp>
#include <svdlens/table/describe.hpp>
#include <svdlens/table/long_table.hpp>
#include <svdlens/table/outside.hpp>
#include <svdlens/table/pivot.hpp>
#include <svdlens/table/quantiles.hpp>
#include <svdlens/table/store.hpp>
#include <svdlens/table/tails.hpp>
#include <svdlens/table/top_k.hpp>

#include "process_memory.hpp"
#include "support/limits.hpp"

namespace sl = svdlens;
using limits::seconds_of;

namespace {

constexpr std::string_view usage_text = R"(usage: comparison STAGE FILE [--threads N] [--tail P]

Stages: svd, scan, notebook (of a model), quantiles (of a tensor "scores"). Prints a JSON object a line.
)";

const std::vector<double> percentiles{0.001, 0.01, 0.25, 0.5, 0.75, 0.99, 0.999};

struct request {
    std::string stage;
    std::filesystem::path file;
    unsigned threads = 2;
    double tail = 0.001;
    bool help = false;

    sl::execution run() const { return {.threads = threads}; }
};

/// One line of JSON, member by member.
class report {
  public:
    report(std::string_view stage, double seconds) {
        text_ = "{\"stage\": \"" + std::string(stage) + "\"";
        add("seconds", seconds);
    }
    report(const report&) = delete;
    report& operator=(const report&) = delete;
    ~report() { std::cout << text_ << "}" << std::endl; }

    template <class Number>
    report& add(std::string_view name, Number value) {
        text_ += ", \"" + std::string(name) + "\": " + sl::to_text(value);
        return *this;
    }
    report& add(std::string_view name, const std::vector<double>& values) {
        text_ += ", \"" + std::string(name) + "\": [";
        for (std::size_t k = 0; k < values.size(); ++k)
            text_ += (k == 0 ? "" : ", ") + sl::to_text(values[k]);
        text_ += "]";
        return *this;
    }

  private:
    std::string text_;
};

template <class Values>
double sum_of(const Values& values) {
    return std::accumulate(values.begin(), values.end(), 0.0,
                           [](double sum, auto value) { return sum + static_cast<double>(value); });
}

/// Reads the weights once, as the peers copy theirs before the clock starts.
void touch(const sl::factored_set& set) {
    for (const auto& head : set.matrices)
        for (const auto* m : {&head.a, &head.b})
            sl::detail::with_map(*m, [](const auto& map) {
                const float sum = map.sum();
                limits::use(&sum);
            });
}

void compare_svd(const request& asked) {
    const sl::transformer_weights weights(sl::open_safetensors(asked.file));
    const auto circuits = sl::ov_circuits(weights);
    touch(circuits);
    sl::tensor values;
    const double seconds =
        seconds_of([&] { values = sl::singular_directions(circuits, asked.run()).singular_values(); });
    report("svd", seconds)
        .add("limit_seconds", limits::qr_seconds(circuits, asked.threads))
        .add("sum_of_singular_values", sum_of(values.values()));
}

/// The best of the tile shapes, and all of them.
void add_product_limit(report& line, const limits::bare_products& bare, unsigned threads) {
    std::vector<double> all;
    for (const auto& shape : limits::tile_shapes) all.push_back(bare.seconds(shape, threads));
    line.add("limit_seconds", *std::min_element(all.begin(), all.end())).add("limit_by_shape", all);
}

/// What every row of a scan's projection is made of.
struct scanned {
    sl::transformer_weights weights;
    sl::vector_set directions;
};

scanned decompose(const request& asked) {
    sl::transformer_weights weights(sl::open_safetensors(asked.file));
    auto directions = sl::writing_directions(sl::ov_circuits(weights), asked.run());
    return {std::move(weights), std::move(directions)};
}

sl::projection scores_of(const scanned& model, const request& asked) {
    return sl::project(model.directions, model.weights.mlp_in(), {.score = sl::score_kind::dot}, asked.run());
}

sl::tails tails_of(const scanned& model, const request& asked) {
    return sl::find_tails(scores_of(model, asked), {.low = asked.tail, .high = 1 - asked.tail}, asked.run());
}

/// What the scan took beside the file and the directions, in MB.
double memory_beside(const scanned& model, const request& asked) {
    const double file = static_cast<double>(std::filesystem::file_size(asked.file));
    const double directions =
        static_cast<double>(model.directions.axes.shape_rows() * model.directions.d_model() * sizeof(float));
    return (static_cast<double>(peak_memory()) - file - directions) * 1e-6;
}

void compare_tails(const scanned& model, double svd_seconds, const request& asked) {
    std::uint64_t edges = 0;
    double low = 0, high = 0;
    const double seconds = seconds_of([&] {
        const auto found = tails_of(model, asked);
        edges = found.rows.size(), low = found.bounds.whole().low, high = found.bounds.whole().high;
    });
    const double peak = static_cast<double>(peak_memory()) * 1e-6, beside = memory_beside(model, asked);
    const auto scores = scores_of(model, asked);
    const std::uint64_t rows = scores.max_rows();
    // Compared as well, because it does not depend on the signs of directions.
    const double magnitude =
        sl::quantiles<sl::magnitude>(scores, {1 - 2 * asked.tail}, sl::quantile_rule::linear, asked.run())
            .front();
    const auto add_found = [&](report& line) {
        line.add("rows", rows)
            .add("edges", edges)
            .add("low", low)
            .add("high", high)
            .add("magnitude", magnitude);
    };
    report tails("tails", seconds);
    add_found(tails);
    report total("scan", svd_seconds + seconds);
    add_found(total);
    total.add("peak_mb", peak).add("beside_mb", beside);
}

void compare_scan(const request& asked) {
    std::optional<scanned> made;
    const double svd_seconds = seconds_of([&] { made = decompose(asked); });
    const auto& model = *made;
    compare_tails(model, svd_seconds, asked);
    const auto targets = model.weights.mlp_in();
    {
        report products("products", 0);
        add_product_limit(products, {model.directions, targets}, asked.threads);
    }
    double top = 0;
    const double top_seconds = seconds_of([&] {
        top = sum_of(sl::top_k(scores_of(model, asked), 5, sl::by("layer", "head"), asked.run()).scores());
    });
    report("top_k", top_seconds).add("sum_of_top", top);
    sl::description d;
    const double describe_seconds =
        seconds_of([&] { d = sl::describe(scores_of(model, asked), percentiles, asked.run()); });
    std::vector<double> statistics{d.mean, d.std, d.min, d.max};
    for (const auto& each : d.percentiles) statistics.push_back(each.value);
    report("describe", describe_seconds).add("statistics", statistics);
    auto alone = asked;
    alone.threads = 1;
    report("one_thread", seconds_of([&] { tails_of(model, alone); }));
}

/// The pipeline of a notebook with the rows in memory.
void compare_notebook(const request& asked) {
    using namespace sl::aggregates;
    const auto run = asked.run();
    std::uint64_t edges = 0, rows = 0;
    double pivot_sum = 0;
    const double seconds = seconds_of([&] {
        const auto model = decompose(asked);
        const std::uint64_t last = model.weights.blocks.size() - 1;
        const auto scores =
            sl::store(sl::project(model.directions, model.weights.mlp_in(),
                                  {.score = sl::score_kind::dot, .only = {{"target_layer", {last}}}}, run),
                      run);
        const auto summary = sl::describe(scores, percentiles, run);
        const auto kept = sl::outside_quantiles(scores, 0.01, 0.99, run);
        const auto top = sl::top_k(scores, 5, sl::by("head"), run);
        const auto wide = sl::pivot(scores, sl::by("neuron"), sl::by("head"), abs_max{}, run);
        std::string labels; // of the rows kept: a data frame needs those of all rows to group by them
        for (const auto row : kept.rows())
            labels += scores.axes().label(row, "source") + scores.axes().label(row, "target");
        limits::use(top.scores().data());
        edges = kept.size(), rows = summary.count, pivot_sum = sum_of(wide.values());
    });
    report("notebook", seconds).add("rows", rows).add("edges", edges).add("sum_of_pivot", pivot_sum);
}

void compare_quantiles(const request& asked) {
    const auto stored = sl::open_safetensors(asked.file).tensor("scores");
    const std::vector<float> scores(stored.values().begin(), stored.values().end());
    const auto table = sl::long_table(scores, sl::axes({{"row", scores.size()}}));
    std::vector<double> values;
    const double seconds = seconds_of([&] {
        values = sl::quantiles(table, {0.001, 0.01, 0.99, 0.999}, sl::quantile_rule::linear, asked.run());
    });
    report("quantiles", seconds)
        .add("limit_seconds", limits::read_seconds(scores, asked.threads))
        .add("values", values);
}

/// The whole of a text as a number. @throws std::invalid_argument
template <class Number>
Number parse_number(std::string_view text) {
    Number number{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size())
        throw std::invalid_argument("expected a number, found " + std::string(text));
    return number;
}

request parse(const std::vector<std::string_view>& arguments) {
    request asked;
    for (std::size_t k = 0; k < arguments.size(); ++k) {
        const auto argument = arguments[k];
        const auto value = [&] { return ++k < arguments.size() ? arguments[k] : std::string_view(); };
        if (argument == "--help")
            asked.help = true;
        else if (argument == "--threads")
            asked.threads = parse_number<unsigned>(value());
        else if (argument == "--tail")
            asked.tail = parse_number<double>(value());
        else if (asked.stage.empty())
            asked.stage = argument;
        else
            asked.file = argument;
    }
    return asked;
}

int run(const request& asked) {
    if (asked.help) return std::cout << usage_text, EXIT_SUCCESS;
    if (asked.stage == "svd") return compare_svd(asked), EXIT_SUCCESS;
    if (asked.stage == "scan") return compare_scan(asked), EXIT_SUCCESS;
    if (asked.stage == "notebook") return compare_notebook(asked), EXIT_SUCCESS;
    if (asked.stage == "quantiles") return compare_quantiles(asked), EXIT_SUCCESS;
    throw std::invalid_argument("stages are svd, scan, notebook, quantiles (see --help)");
}

} // namespace

int main(int count, char** arguments) {
    try {
        return run(parse({arguments + 1, arguments + count}));
    } catch (const std::exception& failure) {
        std::cerr << "comparison: " << failure.what() << "\n";
        return EXIT_FAILURE;
    }
}
