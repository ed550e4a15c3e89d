// What each architecture's own forward pass gives, written down by make_architectures.py, is what the parts that are
// read give put together, before and after norms are folded; with one thing wrong it is not.
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "model/edited_model.hpp"
#include "support/catch.hpp"
#include "support/naive_transformer.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/linalg/scaled_matrix.hpp"
#include "svdlens/linalg/stacked_matrix.hpp"
#include "svdlens/model/center_weights.hpp"
#include "svdlens/model/fold_norms.hpp"
#include "svdlens/model/transformer_weights.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
namespace fs = std::filesystem;
using weights_d = sl::basic_transformer_weights<double>;

namespace {

stream_row values_of(const sl::state_dict& file, const std::string& name) {
    const auto tensor = file.tensor<double>(name);
    return {tensor.values().begin(), tensor.values().end()};
}

/// A model, what its architecture predicts, and what that takes besides the weights.
struct reference {
    explicit reference(const std::string& name_) :
        name(name_), weights(open_architecture(name), options_of(name)) {
        const auto file = sl::open_safetensors(architecture_folder() / name / "logits.safetensors");
        const auto canonical = sl::open_safetensors(architecture_folder() / name / "canonical.safetensors");
        told = canonical.metadata();
        for (const double each : values_of(file, "tokens")) tokens.push_back(static_cast<std::size_t>(each));
        const stream_row all = values_of(file, "logits");
        const std::size_t width = all.size() / tokens.size();
        for (std::size_t p = 0; p < tokens.size(); ++p)
            logits.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(p * width),
                                all.begin() + static_cast<std::ptrdiff_t>((p + 1) * width));
        const std::map<std::string, activation> kinds = {
            {"gelu", activation::gelu_tanh}, {"silu", activation::silu}, {"relu", activation::relu}};
        kind = kinds.at(file.metadata().at("act"));
        beyond.query_gains = by_layer(file, "q_norm");
        beyond.key_gains = by_layer(file, "k_norm");
        beyond.sinks = by_layer(file, "sinks");
        beyond.slopes = by_layer(file, "slopes");
        for (const auto& pattern : by_layer(file, "pattern")) beyond.patterns.push_back(heads_of(pattern));
        if (file.metadata().count("routing")) beyond.routing = routing_of(file.metadata());
        beyond.routing.corrections = by_layer(file, "correction");
        if (told.count("conflict")) read_layers(file.metadata().at("thetas"));
        read_besides(file);
    }

    /// How far a model's predictions are from the reference, over the largest of them.
    double distance(const weights_d& w) const {
        return relative_difference(logits, naive_transformer<double>(w, kind, beyond).run(tokens));
    }

    std::string name;
    weights_d weights;
    sl::metadata_map told;
    std::vector<std::size_t> tokens;
    row_list logits;
    activation kind = activation::silu;
    beyond_weights beyond;

  private:
    /// What is given besides tokens, who sees whom, and what no part holds.
    void read_besides(const sl::state_dict& file) {
        beyond.causal = file.metadata().count("causal") == 0;
        std::istringstream hidden(file.metadata().count("hidden") ? file.metadata().at("hidden") : "");
        for (std::size_t position = 0; hidden >> position;) beyond.hidden.insert(position);
        if (file.contains("start")) beyond.start = rows_of(file, "start");
        for (const auto& extra : weights.extras)
            if (file.contains("feed." + extra.name))
                beyond.feeds[extra.name] = rows_of(file, "feed." + extra.name);
        for (std::size_t l = 0; l < weights.blocks.size(); ++l) {
            const auto name_of_layer = "blocks." + std::to_string(l) + ".between";
            if (file.contains(name_of_layer)) beyond.between.push_back(rows_of(file, name_of_layer));
        }
        if (!file.contains("head.dense.W")) return;
        const auto optional = [&](const char* part) {
            return file.contains(part) ? values_of(file, part) : stream_row{};
        };
        beyond.head = {rows_of(file, "head.dense.W"), optional("head.dense.b"), optional("head.norm.w"),
                       optional("head.norm.b")};
    }

    static row_list rows_of(const sl::state_dict& file, const std::string& part) {
        const stream_row all = values_of(file, part);
        const auto width = static_cast<std::ptrdiff_t>(file.record(part).shape.back());
        row_list rows;
        for (auto at = all.begin(); at != all.end(); at += width) rows.emplace_back(at, at + width);
        return rows;
    }

    /// A tensor of each layer, where any has one; nothing in those that have none.
    std::vector<stream_row> by_layer(const sl::state_dict& file, const std::string& part) const {
        std::vector<stream_row> all(weights.blocks.size());
        bool any = false;
        for (std::size_t l = 0; l < all.size(); ++l) {
            const auto tensor = "blocks." + std::to_string(l) + "." + part;
            if (file.contains(tensor)) all[l] = values_of(file, tensor);
            any = any || !all[l].empty();
        }
        return any ? all : std::vector<stream_row>{};
    }

    /// head × position × position.
    std::vector<row_list> heads_of(const stream_row& pattern) const {
        const std::size_t n = tokens.size();
        std::vector<row_list> heads(pattern.size() / (n * n), row_list(n));
        for (std::size_t k = 0; k < pattern.size(); ++k) heads[k / (n * n)][k / n % n].push_back(pattern[k]);
        return heads;
    }

    void read_layers(const std::string& thetas) {
        std::istringstream text(thetas);
        for (double theta = 0; text >> theta;) {
            const std::size_t dimensions = theta == 0 ? 0 : std::stoul(told.at("rotary"));
            const bool neighbours = told.count("pairing") && told.at("pairing") == "interleaved";
            beyond.rotary.push_back(
                {neighbours ? sl::rotary_pairing::interleaved : sl::rotary_pairing::half_split,
                 dimensions,
                 theta == 0 ? 1 : theta,
                 {}});
        }
    }
};

std::vector<std::string> referenced_models() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(architecture_folder()))
        if (fs::exists(entry.path() / "logits.safetensors"))
            names.push_back(entry.path().filename().string());
    return names;
}

/// One thing that a reader could get wrong.
struct fault {
    std::string name;
    std::function<bool(weights_d&)> plant; ///< whether the model has that thing
};

bool each_block(weights_d& w, const std::function<bool(sl::basic_block<double>&)>& edit) {
    bool changed = !w.blocks.empty();
    for (auto& block : w.blocks) changed = edit(block) && changed;
    return changed;
}

/// Changes every mixture of a model that has any.
bool any_mixture(weights_d& w, const std::function<bool(sl::basic_mixture<double>&)>& edit) {
    bool changed = false;
    for (auto& block : w.blocks)
        if (block.mixture) changed = edit(*block.mixture) || changed;
    return changed;
}

/// A matrix' rows with the first one last.
sl::basic_matrix<double> from_the_second_on(const sl::basic_matrix<double>& m) {
    std::vector<sl::basic_matrix<double>> rows;
    for (std::size_t k = 0; k < m.rows(); ++k) rows.push_back(m.row_range((k + 1) % m.rows(), 1));
    return sl::stacked_matrix(rows);
}

void multiply(std::vector<double>& values, double factor) {
    for (double& each : values) each *= factor;
}

const std::vector<fault>& faults() {
    static const std::vector<fault> all = {
        {"queries for keys",
         [](weights_d& w) {
             return each_block(w, [](auto& block) {
                 auto& a = block.attention;
                 if (a.W_Q.empty()) return false;
                 if (a.W_Q.size() != a.W_K.size())
                     std::swap(a.W_Q.front(), a.W_K.front());
                 else
                     std::swap(a.W_Q, a.W_K);
                 return true;
             });
         }},
        {"keys for values",
         [](weights_d& w) {
             return each_block(w, [](auto& block) {
                 std::swap(block.attention.W_K, block.attention.W_V);
                 return !block.attention.W_V.empty();
             });
         }},
        {"key/value heads dealt out in turn",
         [](weights_d& w) {
             return each_block(w, [](auto& block) {
                 auto& a = block.attention;
                 const std::size_t shared = a.W_V.size();
                 if (shared == a.W_O.size() || shared == 1) return false;
                 std::vector<sl::basic_matrix<double>> keys, values;
                 for (std::size_t h = 0; h < a.W_O.size(); ++h) {
                     keys.push_back(a.W_K[h % shared]);
                     values.push_back(a.W_V[h % shared]);
                 }
                 a.W_K = keys;
                 a.W_V = values;
                 const auto deal = [&](auto& biases) {
                     if (biases.empty()) return;
                     const auto before = biases;
                     for (std::size_t h = shared; h < a.W_O.size(); ++h) biases.push_back(before[h % shared]);
                 };
                 deal(a.b_K);
                 deal(a.b_V);
                 return true;
             });
         }},
        {"gates for inputs",
         [](weights_d& w) {
             return each_block(w, [](auto& block) {
                 const auto mlps = block.mlps();
                 if (!mlps.front()->gated()) return false;
                 for (auto* const mlp : mlps) std::swap(mlp->W_gate, mlp->W_in);
                 return true;
             });
         }},
        {"a gain left out",
         [](weights_d& w) {
             return each_block(w, [](auto& block) {
                 if (!block.ln1) return false;
                 block.ln1->w.assign(block.ln1->w.size(), 1.0);
                 return true;
             });
         }},
        {"gains less one",
         [](weights_d& w) {
             if (!w.ln_final) return false;
             for (double& each : w.ln_final->w) each -= 1;
             return true;
         }},
        {"norms of what is written left out",
         [](weights_d& w) {
             return each_block(w, [](auto& block) {
                 const bool has = block.ln1_post.has_value();
                 block.ln1_post.reset();
                 return has;
             });
         }},
        {"scores scaled otherwise",
         [](weights_d& w) {
             if (!w.attention_scale) return false;
             const double usual = 1 / std::sqrt(static_cast<double>(w.sizes.d_head));
             const bool other = std::abs(*w.attention_scale - usual) > 1e-9;
             w.attention_scale = other ? usual : 1.0;
             return true;
         }},
        {"rotary pairs of the other kind",
         [](weights_d& w) {
             if (!w.rotary || w.rotary->dimensions < 4) return false; // of two dimensions both are one
             const bool neighbours = w.rotary->pairing == sl::rotary_pairing::interleaved;
             w.rotary->pairing =
                 neighbours ? sl::rotary_pairing::half_split : sl::rotary_pairing::interleaved;
             return true;
         }},
        {"another share of a head rotary",
         [](weights_d& w) {
             if (!w.rotary) return false;
             w.rotary->dimensions = w.rotary->dimensions == 2 && w.sizes.d_head >= 4 ? 4 : 2;
             if (w.sizes.d_head < 4) w.rotary.reset();
             return true;
         }},
        {"blocks of the other order",
         [](weights_d& w) {
             if (w.norm_placement == sl::norm_placement::after) return false;
             const bool parallel = w.block_order == sl::block_order::parallel;
             w.block_order = parallel ? sl::block_order::sequential : sl::block_order::parallel;
             return true;
         }},
        {"positions from the second row on",
         [](weights_d& w) {
             if (w.W_pos.rows() == 0) return false;
             w.W_pos = from_the_second_on(w.W_pos);
             return true;
         }},
        {"the numbers of a patch in another order",
         [](weights_d& w) {
             bool changed = false;
             for (auto& extra : w.extras) {
                 if (extra.role != sl::matrix_role::embedding || extra.vectors.rows() < 2) continue;
                 extra.vectors = from_the_second_on(extra.vectors);
                 changed = true;
             }
             return changed;
         }},
        {"the bias of what is embedded left out",
         [](weights_d& w) {
             bool changed = false;
             for (auto& extra : w.extras) {
                 if (extra.flow != sl::flow::writes || extra.bias.empty()) continue;
                 extra.bias.clear();
                 changed = true;
             }
             return changed;
         }},
        {"a class token left out",
         [](weights_d& w) {
             bool changed = false;
             for (auto& extra : w.extras) {
                 if (extra.axis != "class_token") continue;
                 extra.vectors = sl::scaled_matrix(extra.vectors, {0.0}, {});
                 changed = true;
             }
             return changed;
         }},
        {"predictors in another order",
         [](weights_d& w) {
             bool changed = false;
             for (auto& extra : w.extras) {
                 if (extra.role != sl::matrix_role::unembedding || extra.vectors.rows() < 2) continue;
                 extra.vectors = from_the_second_on(extra.vectors);
                 changed = true;
             }
             return changed;
         }},
        {"a norm before an attention that has none",
         [](weights_d& w) {
             bool changed = false;
             for (auto& block : w.blocks) {
                 if (!block.attention_reads_stream) continue;
                 block.attention_reads_stream = false;
                 block.ln1 = sl::basic_norm<double>{std::vector<double>(w.sizes.d_model, 1.0), {}};
                 changed = true;
             }
             return changed;
         }},
        {"the norm of what is embedded left out",
         [](weights_d& w) {
             const bool has = w.ln_embed.has_value();
             w.ln_embed.reset();
             return has;
         }},
        {"a multiplier of what is written left out",
         [](weights_d& w) {
             if (w.scheme != "Granite") return false;
             return each_block(w, [](auto& block) {
                 block.mlp->W_out = sl::detail::multiplied(block.mlp->W_out, 1 / 0.22);
                 return true;
             });
         }},
        {"a multiplier of logits left out",
         [](weights_d& w) {
             if (w.scheme != "Granite" && w.scheme != "Cohere") return false;
             w.W_U = sl::detail::multiplied(w.W_U, 8);
             return true;
         }},
        {"experts in another order",
         [](weights_d& w) {
             return any_mixture(w, [](auto& mixture) {
                 const std::size_t n = mixture.d_expert();
                 std::vector<sl::basic_matrix<double>> turned;
                 for (std::size_t e = 0; e < mixture.n_experts; ++e)
                     turned.push_back(mixture.experts.W_out.row_range((e + 1) % mixture.n_experts * n, n));
                 mixture.experts.W_out = sl::stacked_matrix(turned);
                 return true;
             });
         }},
        {"a gain before a router left out",
         [](weights_d& w) {
             return any_mixture(w, [](auto& mixture) {
                 std::vector<double> factors(mixture.W_router.rows(), 1.5);
                 factors[0] = -1;
                 mixture.W_router = sl::scaled_matrix(mixture.W_router, factors, {});
                 return true;
             });
         }},
        {"shared experts left out",
         [](weights_d& w) {
             return any_mixture(w, [](auto& mixture) {
                 const bool has = mixture.shared.has_value();
                 mixture.shared.reset();
                 return has;
             });
         }},
        {"shared experts taken whole",
         [](weights_d& w) {
             return any_mixture(w, [](auto& mixture) {
                 const bool has = mixture.W_shared_router.columns() != 0;
                 mixture.W_shared_router = {};
                 return has;
             });
         }},
        {"an expert's bias of what it writes left out",
         [](weights_d& w) {
             return any_mixture(w, [](auto& mixture) {
                 const bool has = !mixture.b_out.empty();
                 mixture.b_out.clear();
                 return has;
             });
         }},
        {"halves of a fused tensor for every second entry",
         [](weights_d& w) {
             if (w.scheme != "GPT-OSS") return false;
             return any_mixture(w, [](auto& mixture) {
                 auto& of = mixture.experts;
                 const std::size_t n = mixture.d_expert(), half = n / 2;
                 std::vector<sl::basic_matrix<double>> columns;
                 for (std::size_t k = 0; k < of.W_in.columns(); ++k) {
                     const auto& from = k % n < half ? of.W_gate : of.W_in;
                     columns.push_back(from.column_range(k, 1).transposed());
                 }
                 of.W_in = sl::stacked_matrix(columns).transposed();
                 return true;
             });
         }},
        {"a latent's gain left out",
         [](weights_d& w) {
             if (w.scheme != "DeepSeek") return false;
             return each_block(w, [](auto& block) {
                 for (auto& W_V : block.attention.W_V) {
                     std::vector<double> factors(W_V.rows(), 1.0);
                     factors[1] = 1.25;
                     W_V = sl::scaled_matrix(W_V, factors, {});
                 }
                 return true;
             });
         }},
        {"a bias of the unembedding left out",
         [](weights_d& w) {
             const bool has = !w.b_U.empty();
             w.b_U.clear();
             return has;
         }},
        {"a bias of what attention writes doubled",
         [](weights_d& w) {
             return each_block(w, [](auto& block) {
                 multiply(block.attention.b_O, 2);
                 return !block.attention.b_O.empty();
             });
         }},
    };
    return all;
}

} // namespace

TEST_CASE("the parts put together give what the architecture's own forward pass gives") {
    const auto names = referenced_models();
    CHECK(names.size() >= 60);
    for (const auto& name : names) {
        INFO(name);
        const reference model(name);
        CHECK(model.distance(model.weights) < 1e-6);
        if (model.weights.norm_placement == sl::norm_placement::after) {
            CHECK_THROWS_AS(sl::fold_norms(model.weights), sl::model_error);
            continue;
        }
        const auto folded = sl::fold_norms(model.weights);
        const bool reads = model.weights.has_unembed() && !model.weights.has_output_head;
        CHECK(folded.ln_final.has_value() != reads);
        CHECK(model.distance(folded) < 1e-6);
    }
}

TEST_CASE("an output head takes no norm over, and an attention without a norm none of another's") {
    const reference model("modernbert_biases");
    const auto folded = sl::fold_norms(model.weights);
    auto wrong = folded;
    wrong.ln_final.reset();
    CHECK(model.distance(wrong) > 1e-4);
    wrong = folded;
    wrong.blocks.front().attention_reads_stream = false; // normalised without weights
    CHECK(model.distance(wrong) > 1e-4);
    CHECK_THROWS_AS(sl::center_writing_weights(model.weights), sl::model_error);
}

TEST_CASE("with one thing wrong they do not") {
    std::map<std::string, std::size_t> planted;
    for (const auto& name : referenced_models()) {
        const reference model(name);
        for (const auto& each : faults()) {
            auto wrong = model.weights;
            if (!each.plant(wrong)) continue;
            INFO(name << ": " << each.name);
            CHECK(model.distance(wrong) > 1e-4);
            ++planted[each.name];
        }
    }
    for (const auto& each : faults()) {
        INFO(each.name);
        CHECK(planted[each.name] > 0);
    }
}

TEST_CASE("norms of what is written are approximate when they are folded, and what is read stays right") {
    for (const auto* const name : {"olmo2", "glm4_0414"}) {
        INFO(name);
        const reference model(name);
        CHECK(model.weights.provenance().find("norms behind attention and MLP left out (approximate)") !=
              std::string::npos);
    }
}
