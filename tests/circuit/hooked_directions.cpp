#include "svdlens/circuit/hooked_directions.hpp"

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_model.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/circuit/circuits.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/fold_norms.hpp"

namespace sl = svdlens;
using svdlens_tests::make_random_model;
using svdlens_tests::message_of;

namespace {

svdlens_tests::random_model_options hooked_shape() {
    return {
        .layers = 2, .heads = 4, .key_value_heads = 2, .d_model = 20, .d_head = 4, .d_mlp = 8, .vocab = 6};
}

std::vector<float> row_of(const sl::state_dict& file, const std::string& name, std::size_t k) {
    const auto tensor = file.tensor<float>(name);
    const auto width = tensor.shape()[1];
    const auto all = tensor.values();
    return {all.begin() + static_cast<std::ptrdiff_t>(k * width),
            all.begin() + static_cast<std::ptrdiff_t>((k + 1) * width)};
}

double dot_of(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return sum;
}

/// z W_O of a head.
std::vector<float> written(const sl::matrix& W_O, const std::vector<float>& z) {
    std::vector<float> out(W_O.columns());
    for (std::size_t j = 0; j < out.size(); ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < z.size(); ++k)
            sum += static_cast<double>(z[k]) * static_cast<double>(W_O(k, j));
        out[j] = static_cast<float>(sum);
    }
    return out;
}

} // namespace

TEST_CASE("a direction taken out of z is not written any more, and all else is as before") {
    const auto model = sl::fold_norms(make_random_model(hooked_shape()));
    const auto ov = sl::singular_directions(sl::ov_circuits(model));
    const auto file = sl::hooked_directions(model, ov, {{1, 2, 1}, {1, 2, 0}, {0, 3, 2}}, "some");
    CHECK(file.tensor<double>("blocks.1.heads").values()[0] == 2);
    CHECK(file.tensor<double>("blocks.1.directions").values()[1] == 1);
    CHECK(file.tensor<float>("blocks.0.singular_values").values()[0] == ov.singular_value(0, 3, 2));
    const auto& W_O = model.blocks[1].attention.W_O[2];
    const std::vector<float> z{0.3F, -1.2F, 0.7F, 2};
    const auto q = row_of(file, "blocks.1.attn.hook_z.read", 1),
               p = row_of(file, "blocks.1.attn.hook_z.write", 1);
    const auto v = row_of(file, "blocks.1.hook_attn_out", 1);
    const auto before = written(W_O, z);
    CHECK(dot_of(z, q) == Approx(dot_of(before, v)).epsilon(1e-5));
    auto patched = z;
    for (std::size_t k = 0; k < 4; ++k) patched[k] -= static_cast<float>(dot_of(z, q)) * p[k];
    const auto after = written(W_O, patched);
    CHECK(std::abs(dot_of(after, v)) < 1e-5);
    for (std::size_t j = 0; j < 20; ++j) // what is taken out is v alone
        CHECK(after[j] == Approx(before[j] - static_cast<float>(dot_of(z, q)) * v[j]).margin(1e-5));
    const auto other = row_of(file, "blocks.1.attn.hook_z.read", 0);
    CHECK(std::abs(dot_of(p, other)) < 1e-5);
    CHECK(dot_of(p, q) == Approx(1).epsilon(1e-5));
}

TEST_CASE("readings are S v of a direction, behind the folded norm") {
    const auto model = sl::fold_norms(make_random_model(hooked_shape()));
    const auto ov = sl::singular_directions(sl::ov_circuits(model));
    const auto file = sl::hooked_directions(model, ov, {{0, 1, 0}});
    const auto u = row_of(file, "blocks.0.ln1.hook_normalized", 0);
    CHECK(u == row_of(file, "blocks.0.hook_resid_pre", 0));
    const auto& W_V = model.blocks[0].attention.W_V[0]; // heads 0 and 1 share it
    std::vector<float> z(4);
    for (std::size_t k = 0; k < 4; ++k)
        for (std::size_t i = 0; i < 20; ++i) z[k] += u[i] * W_V(i, k);
    const auto out = written(model.blocks[0].attention.W_O[1], z);
    const auto v = row_of(file, "blocks.0.hook_attn_out", 0);
    for (std::size_t j = 0; j < 20; ++j)
        CHECK(out[j] == Approx(ov.singular_value(0, 1, 0) * v[j]).margin(1e-5));
}

TEST_CASE("what a hook would not show is left out, and the metadata say how to load the model") {
    const std::string normalized = "blocks.0.ln1.hook_normalized", stream = "blocks.0.hook_resid_pre",
                      out = "blocks.0.hook_attn_out";
    const auto names = [&](sl::transformer_weights model) {
        const auto ov = sl::singular_directions(sl::ov_circuits(model));
        const auto file = sl::hooked_directions(model, ov, {{0, 0, 0}}, "one");
        CHECK(file.contains("blocks.0.attn.hook_z.read"));
        CHECK(file.metadata().at("rule") == "one");
        CHECK(file.metadata().at("written_by") == "svdlens directions");
        std::string found =
            file.metadata().at("load_with").find("no_processing") != std::string::npos ? "raw" : "";
        for (const auto& name : {normalized, stream, out}) found += file.contains(name) ? "1" : "0";
        return found;
    };
    auto options = hooked_shape();
    CHECK(names(sl::fold_norms(make_random_model(options))) == "111");
    CHECK(names(make_random_model(options)) == "raw101");
    options.norm = sl::normalization::rms_norm;
    CHECK(names(sl::fold_norms(make_random_model(options))) == "111");
    CHECK(names(make_random_model(options)) == "raw001");
    options.norm = sl::normalization::none;
    CHECK(names(make_random_model(options)) == "011");
    auto behind = make_random_model(options);
    behind.norm_placement = sl::norm_placement::both;
    CHECK(names(behind) == "000");
}

TEST_CASE("a file of directions is read back") {
    const svdlens_tests::temporary_directory folder;
    const auto model = make_random_model(hooked_shape());
    const auto ov = sl::singular_directions(sl::ov_circuits(model));
    const auto path = folder.path() / "directions.safetensors";
    sl::write_safetensors(path, sl::hooked_directions(model, ov, {{0, 0, 1}, {1, 3, 3}}));
    const auto back = sl::open_safetensors(path);
    CHECK(back.metadata().at("model") == model.provenance());
    const auto v = ov.writing(1, 3, 3);
    CHECK(row_of(back, "blocks.1.hook_attn_out", 0) == std::vector<float>(v.begin(), v.end()));
}

TEST_CASE("directions that there are not are refused by name") {
    const auto model = make_random_model(hooked_shape());
    const auto ov = sl::singular_directions(sl::ov_circuits(model));
    const auto text = [&](std::vector<sl::direction_index> which) {
        return message_of([&] { sl::hooked_directions(model, ov, which); });
    };
    CHECK(text({{0, 4, 0}}) == "random: hooked_directions: there is no direction L0H4.0");
    CHECK(text({{0, 1, 0}, {1, 1, 1}, {0, 1, 0}}) == "random: hooked_directions: L0H1.0 is asked for twice");
    CHECK(text({}).empty());
    auto other = hooked_shape();
    other.layers = 3;
    CHECK_THROWS_AS(sl::hooked_directions(make_random_model(other), ov, {}), sl::argument_error);
}

TEST_CASE("directions of anything but the model's OV circuits are refused") {
    const auto model = make_random_model(hooked_shape());
    const auto with_biases = sl::singular_directions(sl::ov_circuits(model, sl::circuit_biases::included));
    CHECK_THROWS_AS(sl::hooked_directions(model, with_biases, {{0, 0, 0}}), sl::argument_error);
    auto renamed = sl::ov_circuits(model);
    renamed.name = "ov_change";
    CHECK(message_of([&] {
              sl::hooked_directions(model, sl::singular_directions(renamed), {{0, 0, 0}});
          }).find("found \"ov_change\"") != std::string::npos);
}

TEST_CASE("what was done to the weights is in how to load them") {
    auto model = make_random_model(hooked_shape());
    const auto ov = sl::singular_directions(sl::ov_circuits(model));
    const auto text = [&] { return sl::hooked_directions(model, ov, {}).metadata().at("load_with"); };
    model.processing.insert(sl::weight_step::value_biases_folded);
    CHECK(text().find("fold_ln=False, center_writing_weights=False, center_unembed=False, "
                      "fold_value_biases=True") != std::string::npos);
    model.processing.insert(sl::weight_step::writers_centered);
    CHECK(text().find("center_writing_weights=True") != std::string::npos);
}
