#include "svdlens/circuit/copying_scores.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/fold_norms.hpp"

namespace sl = svdlens;
using svdlens_tests::make_random_model;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;

namespace {

const std::string tests_folder = SVDLENS_TEST_SOURCE_DIR;

struct expected_signs {
    double score;
    double positive;
};

/// What make_copying_scores.py wrote: by model and processing, then by head.
std::map<std::string, std::map<std::string, expected_signs>> read_expected_signs() {
    std::ifstream in(tests_folder + "/circuit/copying_scores.txt");
    std::map<std::string, std::map<std::string, expected_signs>> all;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string model, kind, head, score, positive;
        words >> model >> kind >> head >> score >> positive;
        if (model != "#") all[model + " " + kind][head] = {std::stod(score), std::stod(positive)};
    }
    REQUIRE(all.size() == 39);
    return all;
}

template <class T>
void check_signs(const sl::basic_eigenvalue_signs<T>& found,
                 const std::map<std::string, expected_signs>& expected, double tolerance) {
    REQUIRE(found.score.size() == expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) {
        const auto& answer = expected.at(found.score.axes().label(k, "head"));
        CHECK(static_cast<double>(found.score.score_at(k)) == Approx(answer.score).margin(tolerance));
        CHECK(static_cast<double>(found.positive_fraction.score_at(k)) ==
              Approx(answer.positive).margin(1e-6));
    }
}

struct drawn_sizes {
    std::string name;
    std::size_t vocabulary, d, r, heads, key_value_heads;
    bool tied;
};

/// The random models of make_copying_scores.py.
sl::basic_transformer_weights<double> drawn_model(std::uint64_t seed, const drawn_sizes& sizes) {
    svdlens_tests::random_numbers numbers(seed);
    const auto draw = [&](std::size_t rows, std::size_t columns) {
        std::vector<double> values(rows * columns);
        for (double& each : values) each = numbers.next();
        return sl::basic_matrix<double>(std::move(values), rows, columns);
    };
    sl::basic_transformer_weights<double> model;
    model.W_E = draw(sizes.vocabulary, sizes.d);
    model.W_U = sizes.tied ? model.W_E.transposed() : draw(sizes.d, sizes.vocabulary);
    model.sizes.n_heads = sizes.heads;
    model.sizes.n_key_value_heads = sizes.key_value_heads;
    model.blocks.resize(2);
    for (auto& block : model.blocks) {
        for (std::size_t h = 0; h < sizes.key_value_heads; ++h)
            block.attention.W_V.push_back(draw(sizes.d, sizes.r));
        for (std::size_t h = 0; h < sizes.heads; ++h) block.attention.W_O.push_back(draw(sizes.r, sizes.d));
    }
    return model;
}

/// A model of one layer: its matrices, and a head for each pair.
template <class T>
sl::basic_transformer_weights<T> model_of(const plain_matrix& embedding, const plain_matrix& unembedding,
                                          const std::vector<std::pair<plain_matrix, plain_matrix>>& heads) {
    sl::basic_transformer_weights<T> model;
    model.W_E = embedding.as<T>();
    model.W_U = unembedding.as<T>();
    model.sizes.n_heads = model.sizes.n_key_value_heads = heads.size();
    model.blocks.resize(1);
    for (const auto& head : heads) {
        model.blocks[0].attention.W_V.push_back(head.first.as<T>());
        model.blocks[0].attention.W_O.push_back(head.second.as<T>());
    }
    return model;
}

plain_matrix times(plain_matrix m, svdlens_tests::real factor) {
    for (auto& x : m.values) x *= factor;
    return m;
}

plain_matrix unit(std::size_t n) {
    plain_matrix m(n, n);
    for (std::size_t k = 0; k < n; ++k) m(k, k) = 1;
    return m;
}

/// Rows at right angles to each other, of length 1 (Gram and Schmidt, twice).
plain_matrix orthonormal_rows(plain_matrix m) {
    for (std::size_t i = 0; i < m.rows; ++i) {
        for (std::size_t j = 0; j < 2 * i; ++j) {
            svdlens_tests::real dot = 0;
            for (std::size_t k = 0; k < m.columns; ++k) dot += m(i, k) * m(j % i, k);
            for (std::size_t k = 0; k < m.columns; ++k) m(i, k) -= dot * m(j % i, k);
        }
        svdlens_tests::real length = 0;
        for (std::size_t k = 0; k < m.columns; ++k) length += m(i, k) * m(i, k);
        for (std::size_t k = 0; k < m.columns; ++k) m(i, k) /= std::sqrt(length);
    }
    return m;
}

/// Some rows of a matrix.
plain_matrix rows_of(const plain_matrix& m, std::size_t first, std::size_t count) {
    plain_matrix result(count, m.columns);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j < m.columns; ++j) result(i, j) = m(first + i, j);
    return result;
}

/// Two matrices side by side.
plain_matrix beside(const plain_matrix& a, const plain_matrix& b) {
    plain_matrix result(a.rows, a.columns + b.columns);
    for (std::size_t i = 0; i < a.rows; ++i) {
        for (std::size_t j = 0; j < a.columns; ++j) result(i, j) = a(i, j);
        for (std::size_t j = 0; j < b.columns; ++j) result(i, a.columns + j) = b(i, j);
    }
    return result;
}

template <class T>
std::vector<double> scores_of(const sl::basic_transformer_weights<T>& model) {
    const auto values = sl::copying_scores(model).score.values();
    return {values.begin(), values.end()};
}

template <class T>
bool same_values(const sl::basic_eigenvalue_signs<T>& a, const sl::basic_eigenvalue_signs<T>& b) {
    const auto same = [](const auto& x, const auto& y) {
        return std::equal(x.values().begin(), x.values().end(), y.values().begin(), y.values().end());
    };
    return same(a.score, b.score) && same(a.positive_fraction, b.positive_fraction);
}

} // namespace

TEST_CASE("copying scores are those of the whole vocabulary × vocabulary matrices, as NumPy has them") {
    const auto expected = read_expected_signs();
    const std::vector<drawn_sizes> drawn{
        {"plain", 50, 24, 6, 3, 3, false},    {"wide_heads", 9, 12, 16, 2, 2, false},
        {"long", 300, 70, 8, 2, 2, false},    {"few_tokens", 3, 10, 4, 4, 4, false},
        {"grouped", 40, 20, 5, 4, 2, false},  {"tied", 60, 16, 4, 3, 3, true},
        {"one_entry", 20, 8, 1, 4, 4, false},
    };
    for (std::size_t k = 0; k < drawn.size(); ++k)
        check_signs(sl::copying_scores(drawn_model(k, drawn[k])), expected.at(drawn[k].name + " raw"), 1e-9);
}

TEST_CASE("copying scores of every architecture, as stored and folded, are NumPy's") {
    std::size_t models = 0;
    for (const auto& [name, heads] : read_expected_signs()) {
        const auto file =
            tests_folder + "/model/architectures/" + name.substr(0, name.find(' ')) + "/model.safetensors";
        if (!std::ifstream(file)) continue; // one of the random models
        INFO(name);
        const bool folded = name.substr(name.find(' ') + 1) == "folded";
        const auto stored = sl::open_safetensors(file);
        const sl::transformer_weights weights(stored);
        check_signs(sl::copying_scores(folded ? sl::fold_norms(weights) : weights), heads, 2e-5);
        const sl::basic_transformer_weights<double> precise(stored);
        check_signs(sl::copying_scores(folded ? sl::fold_norms(precise) : precise), heads, 1e-9);
        ++models;
    }
    CHECK(models == 32);
}

TEST_CASE("a head that copies scores 1 and one that suppresses -1, wherever embedding and unembedding are") {
    svdlens_tests::matrix_maker make(3);
    const auto tokens = make.uniform(40, 10), head = make.uniform(10, 4), none = plain_matrix(10, 4);
    const auto reading = transposed(beside(transposed(head), transposed(none))); // of the first half
    const auto on_top = transposed(head), opposite = times(on_top, -1), nothing = transposed(none);
    // Read in the first half of the stream, predicted from the second: the stream's own eigenvalues say nothing.
    const auto model = model_of<float>(
        beside(tokens, plain_matrix(40, 10)), transposed(beside(plain_matrix(40, 10), tokens)),
        {{reading, beside(nothing, on_top)},                         // copies
         {reading, beside(opposite, on_top)},                        // copies, and takes from what it reads
         {reading, beside(on_top, opposite)},                        // suppresses, and adds to what it reads
         {reading, beside(times(on_top, 7), times(on_top, 0.001L))}, // copies faintly
         {reading, beside(on_top, nothing)}});                       // writes nothing that predicts
    const auto found = sl::copying_scores(model);
    const auto stream = sl::eigenvalue_signs(sl::ov_circuits(model));
    const std::vector<float> scores{1, 1, -1, 1, 0}, positive{1, 1, 0, 1, 0}, on_stream{0, -1, 1, 1, 1};
    for (std::size_t h = 0; h < scores.size(); ++h) {
        CHECK(found.score.score_at(h) == Approx(scores[h]).margin(1e-6));
        CHECK(found.positive_fraction.score_at(h) == positive[h]);
        CHECK(stream.score.score_at(h) == Approx(on_stream[h]).margin(1e-6));
    }
}

TEMPLATE_TEST_CASE("a head that writes at right angles to what it reads scores 0 and not 1 or -1", "", float,
                   double) {
    using T = TestType;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        svdlens_tests::matrix_maker make(seed);
        const std::size_t d = 4 + seed % 13;
        const auto basis = orthonormal_rows(make.uniform(d, d)); // rotated axes: exact zeros become rounding
        const auto u = transposed(rows_of(basis, 0, 1)), v = rows_of(basis, 1, 1);
        const auto pair = transposed(rows_of(basis, 0, 2)), other_pair = rows_of(basis, 2, 2);
        const auto mixed = product(u, make.uniform(1, 3)), mixed_back = product(make.uniform(3, 1), v);
        for (const auto& tokens : {unit(d), orthonormal_rows(make.uniform(d, d)), times(basis, 3)}) {
            const std::vector<std::pair<plain_matrix, plain_matrix>> heads{
                {u, v},
                {times(u, 1e-18L), times(v, 1e18L)},
                {mixed, mixed_back},
                {product(pair, make.uniform(2, 4)), product(make.uniform(4, 2), other_pair)}};
            for (const auto& head : heads) {
                const auto model = model_of<T>(tokens, transposed(tokens), {head});
                const auto found = sl::copying_scores(model);
                const auto stream = sl::eigenvalue_signs(sl::ov_circuits(model));
                CHECK(found.score.score_at(0) == 0);
                CHECK(found.positive_fraction.score_at(0) == 0);
                CHECK(stream.score.score_at(0) == 0);
                CHECK(stream.positive_fraction.score_at(0) == 0);
            }
        }
    }
}

TEMPLATE_TEST_CASE("right angles over the vocabulary score 0, whatever the tokens are", "", float, double) {
    using T = TestType;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        svdlens_tests::matrix_maker make(seed);
        const auto embedding = make.uniform(30, 9), unembedding = make.uniform(9, 30);
        const auto u = make.uniform(9, 1);
        const auto seen = product(unembedding, product(embedding, u)); // what tokens make of what is read
        const auto frame = orthonormal_rows(transposed(beside(seen, make.uniform(9, 2))));
        const auto model =
            model_of<T>(embedding, unembedding, {{u, rows_of(frame, 1, 1)}, {u, rows_of(frame, 0, 1)}});
        CHECK(scores_of(model) == std::vector<double>{0, 1});
    }
}

TEMPLATE_TEST_CASE(
    "heads score 0 where the sum over tokens cancels, not where tokens are read and predicted apart", "",
    float, double) {
    using T = TestType;
    svdlens_tests::matrix_maker make(5);
    const auto basis = orthonormal_rows(make.uniform(12, 12));
    const auto embedding = product(make.uniform(50, 6), rows_of(basis, 0, 6));
    const auto unembedding = product(transposed(rows_of(basis, 6, 6)), make.uniform(6, 50));
    CHECK(scores_of(model_of<T>(embedding, unembedding, {{make.uniform(12, 3), make.uniform(3, 12)}})) !=
          std::vector<double>{0}); // what is read by its place is moved to where tokens are predicted from
    // Every token predicted as often as not by each coordinate: the sum over tokens cancels.
    const auto half = make.uniform(25, 12);
    const auto twice = transposed(beside(transposed(half), transposed(half)));
    const auto signs = transposed(beside(transposed(half), times(transposed(half), -1)));
    CHECK(scores_of(model_of<T>(twice, transposed(signs), {{make.uniform(12, 3), make.uniform(3, 12)}})) ==
          std::vector<double>{0});
}

TEST_CASE("copying scores do not change with the axes of the residual stream") {
    svdlens_tests::matrix_maker make(7);
    const auto turn = orthonormal_rows(make.uniform(16, 16));
    const auto embedding = make.uniform(60, 16), unembedding = make.uniform(16, 60);
    std::vector<std::pair<plain_matrix, plain_matrix>> heads, turned;
    for (int h = 0; h < 5; ++h) {
        heads.emplace_back(make.uniform(16, 4), make.uniform(4, 16));
        turned.emplace_back(product(transposed(turn), heads.back().first),
                            product(heads.back().second, turn));
    }
    const auto before = scores_of(model_of<double>(embedding, unembedding, heads));
    const auto after =
        scores_of(model_of<double>(product(embedding, turn), product(transposed(turn), unembedding), turned));
    for (std::size_t h = 0; h < 5; ++h) CHECK(after[h] == Approx(before[h]).margin(1e-12));
}

TEST_CASE("copying scores have no scale: weights of 1e-30 and 1e30 score as those of 1") {
    svdlens_tests::matrix_maker make(9);
    const auto embedding = make.uniform(60, 16), unembedding = make.uniform(16, 60);
    const auto reading = make.uniform(16, 4), writing = make.uniform(4, 16);
    const auto expected = scores_of(model_of<float>(embedding, unembedding, {{reading, writing}}));
    REQUIRE(std::abs(expected[0]) > 0.01);
    for (const auto scale : {1e-30L, 1e30L, 1e-40L}) // the last: subnormal floats, of a few bits
        for (int scaled = 1; scaled < 16; ++scaled) {
            const auto by = [&](const plain_matrix& m, int bit) {
                return (scaled & bit) != 0 ? times(m, scale) : m;
            };
            const auto found = scores_of(
                model_of<float>(by(embedding, 1), by(unembedding, 2), {{by(reading, 4), by(writing, 8)}}));
            CHECK(found[0] == Approx(expected[0]).margin(scale == 1e-40L ? 1e-2 : 1e-5));
        }
    const auto far = scores_of(model_of<double>(times(embedding, 1e-300L), times(unembedding, 1e300L),
                                                {{times(reading, 1e-300L), times(writing, 1e-300L)}}));
    CHECK(far[0] == Approx(expected[0]).margin(1e-5));
}

TEST_CASE("a head among others has the score that it has alone, and a head of zeros has 0") {
    svdlens_tests::matrix_maker make(11);
    const auto embedding = make.uniform(60, 16), unembedding = make.uniform(16, 60);
    const auto reading = make.uniform(16, 4), writing = make.uniform(4, 16);
    const auto alone = scores_of(model_of<float>(embedding, unembedding, {{reading, writing}}));
    const auto among = scores_of(model_of<float>(embedding, unembedding,
                                                 {{times(reading, 1e-30L), writing},
                                                  {plain_matrix(16, 4), writing},
                                                  {reading, writing},
                                                  {times(reading, 1e30L), plain_matrix(4, 16)}}));
    CHECK(among[1] == 0);
    CHECK(among[2] == alone[0]);
    CHECK(among[3] == 0);
    const auto no_tokens = model_of<float>(plain_matrix(60, 16), unembedding, {{reading, writing}});
    CHECK(scores_of(no_tokens) == std::vector<double>{0});
}

TEST_CASE("copying scores have the same bits for any number of threads") {
    auto model = sl::fold_norms(make_random_model<float>(
        {.layers = 3, .heads = 5, .key_value_heads = 5, .d_model = 140, .d_head = 9, .vocab = 700}));
    const auto one = sl::copying_scores(model, {.threads = 1});
    for (const unsigned threads : {2U, 5U})
        CHECK(same_values(sl::copying_scores(model, {.threads = threads}), one));
    model.W_E = plain_matrix(model.W_E).as<float>(); // neither views nor deferred
    model.W_U = transposed(plain_matrix(model.W_U)).as<float>().transposed();
    CHECK(same_values(sl::copying_scores(model), one));
}

TEST_CASE("copying scores are tables over heads that say what they are") {
    const auto model = sl::fold_norms(make_random_model<float>({}));
    const auto found = sl::copying_scores(model);
    CHECK(found.score.axes().title() == "copying_score");
    CHECK(found.positive_fraction.axes().title() == "copying_positive_fraction");
    CHECK(found.score.axes().provenance() == model.provenance());
    CHECK(found.score.axes().label(5, "head") == "L1H1");
    CHECK(found.score.size() == 8);
    auto no_blocks = model;
    no_blocks.blocks.clear();
    CHECK(sl::copying_scores(no_blocks).score.empty());
}

TEST_CASE("models without embedding and unembedding of the same tokens have no copying scores") {
    const auto reason = [](const sl::transformer_weights& model) {
        return message_of([&] { sl::copying_scores(model); });
    };
    const std::string remedy = "; eigenvalue_signs(ov_circuits(weights)) tells of the residual stream alone";
    auto model = make_random_model<float>({});
    model.W_U = model.W_U.column_range(0, 8);
    CHECK(reason(model) == "random: copying_scores: refused, because the embedding has 9 tokens and the "
                           "unembedding 8, which are not the same vocabulary" +
                               remedy);
    model.W_U = {};
    CHECK(reason(model) ==
          "random: copying_scores: refused, because the model has no unembedding of tokens, so "
          "that no token goes in and comes out" +
              remedy);
    CHECK(reason(make_random_model<float>({.predictors = 2})).find("no unembedding") != std::string::npos);
    model = make_random_model<float>({});
    model.W_E = {};
    CHECK(reason(model).find("no embedding of tokens") != std::string::npos);
    model = make_random_model<float>({});
    model.norm_placement = sl::norm_placement::after;
    CHECK(reason(model).find("post-norm") != std::string::npos);
    model = make_random_model<float>({});
    model.blocks[1].attention.W_O.pop_back();
    CHECK_THROWS_AS(sl::copying_scores(model), sl::model_error);
}

TEST_CASE("weights that are no numbers are named, tokens too") {
    auto model = make_random_model<float>({.vocab = 600});
    auto tokens = plain_matrix(model.W_E);
    tokens(513, 4) = std::numeric_limits<float>::quiet_NaN();
    model.W_E = tokens.as<float>();
    for (const unsigned threads : {1U, 3U})
        CHECK(message_of([&] { sl::copying_scores(model, {.threads = threads}); }) ==
              "random; weights as stored: \"embed\": the vector \"513\": expected finite weights, found nan");
    model = make_random_model<float>({});
    auto outputs = plain_matrix(model.W_U);
    outputs(3, 7) = std::numeric_limits<float>::infinity();
    model.W_U = outputs.as<float>();
    CHECK(message_of([&] { sl::copying_scores(model); }).find("\"unembed\": the vector \"7\"") !=
          std::string::npos);
    model = make_random_model<float>({});
    auto value = plain_matrix(model.blocks[1].attention.W_V[2]);
    value(0, 1) = std::numeric_limits<float>::quiet_NaN();
    model.blocks[1].attention.W_V[2] = value.as<float>();
    CHECK(message_of([&] { sl::copying_scores(model); }).find("ov of L1H2") != std::string::npos);
}

TEST_CASE("copying scores can be stopped and tell how far they are") {
    const auto model = make_random_model<float>({.d_model = 200, .vocab = 50});
    const std::atomic<bool> stop{true};
    CHECK_THROWS_AS(sl::copying_scores(model, {.stop = &stop}), sl::cancelled_error);
    std::vector<std::uint64_t> done;
    sl::copying_scores(model, {.progress = [&](const sl::progress_report& r) {
                           CHECK(r.total == 8);
                           done.push_back(r.done);
                       }});
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK(done.back() == 8);
}
