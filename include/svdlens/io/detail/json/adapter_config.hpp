/// @file
/// The adapter_config.json of PEFT: how much an adapter's products count, and what is not a sum of products.
#ifndef SVDLENS_IO_DETAIL_JSON_ADAPTER_CONFIG_HPP
#define SVDLENS_IO_DETAIL_JSON_ADAPTER_CONFIG_HPP

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../model_config.hpp"
#include "config_object.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Values for modules whose path ends with a key, or is it where the key begins with `^`.
class module_pattern {
  public:
    module_pattern(std::vector<std::pair<std::string, double>> values, std::string where) :
        where_(std::move(where)) {
        for (auto& [key, value] : values) rows_.push_back({key, plain(key), value});
    }

    std::optional<double> find(std::string_view module) const {
        const row* found = nullptr;
        for (const auto& each : rows_) {
            if (!fits(each, module)) continue;
            if (found != nullptr && found->value != each.value)
                fail(quoted(found->key) + " and " + quoted(each.key) + " both fit " +
                     quoted(std::string(module)) + "; leave one");
            found = &each;
        }
        return found == nullptr ? std::nullopt : std::optional(found->value);
    }

  private:
    struct row {
        std::string key;
        std::string path; ///< without what marks its beginning or end
        double value;
    };

    static bool fits(const row& each, std::string_view module) {
        if (module == each.path) return true;
        return each.key.front() != '^' && module.ends_with("." + each.path);
    }

    /// PEFT takes keys for regular expressions: those that are more than a name are refused.
    std::string plain(std::string_view key) const {
        const std::string whole(key);
        if (key.starts_with("^")) key.remove_prefix(1);
        if (key.ends_with("$")) key.remove_suffix(1);
        std::string path;
        for (std::size_t k = 0; k < key.size(); ++k) {
            if (key[k] == '\\' && k + 1 < key.size() && key[k + 1] == '.') continue;
            if (std::string_view("\\*+?[](){}|^$").find(key[k]) != std::string_view::npos)
                path.clear(), k = key.size();
            else
                path += key[k];
        }
        if (path.empty())
            fail(quoted(whole) +
                 " is a regular expression, which is not read here: write the modules' names, or " +
                 "merge the adapter with PEFT's merge_and_unload()");
        return path;
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw format_error(errc::invalid_config, where_ + ": " + what);
    }

    std::string where_;
    std::vector<row> rows_;
};

/// What an adapter's config says of its products.
class adapter_config {
  public:
    /// @throws format_error (invalid_config), model_error (unsupported_model)
    adapter_config(std::string_view text, const std::string& where) :
        object_(text, where, largest_model_config), where_(where), ranks_(pattern("rank_pattern")),
        alphas_(pattern("alpha_pattern")) {
        refuse_methods();
        refuse_variants();
        rank_ = static_cast<double>(required(object_.integer({"r"}), "r"));
        alpha_ = required(object_.number({"lora_alpha"}), "lora_alpha");
    }

    std::string base() const { return object_.string({"base_model_name_or_path"}).value_or(""); }

    double rank(std::string_view module) const { return ranks_.find(module).value_or(rank_); }

    /// What the product of a module's factors is multiplied by.
    double scale(std::string_view module) const {
        const double alpha = alphas_.find(module).value_or(alpha_), r = rank(module);
        return alpha / (object_.boolean({"use_rslora"}).value_or(false) ? std::sqrt(r) : r);
    }

  private:
    module_pattern pattern(const char* name) const {
        const auto values = object_.object({name});
        return {values ? values->numbers() : std::vector<std::pair<std::string, double>>(),
                where_ + ": " + quoted(name)};
    }

    template <class Number>
    Number required(const std::optional<Number>& found, const char* name) const {
        if (!found)
            throw format_error(errc::invalid_config,
                               where_ + ": no " + quoted(name) +
                                   ", without which nobody knows how much the updates count");
        return *found;
    }

    [[noreturn]] void refuse(const std::string& what, const std::string& remedy) const {
        throw model_error(errc::unsupported_model, where_ + ": " + what + "; " + remedy);
    }

    static constexpr const char* merge = "merge it with PEFT's merge_and_unload() and save the model";

    void refuse_methods() const {
        const auto type = object_.string({"peft_type"});
        if (!type) refuse("no \"peft_type\", expected \"LORA\"", "an adapter of another tool is not read");
        if (*type == "LORA") return;
        for (const std::string_view word : {"PROMPT", "PREFIX", "P_TUNING", "CARTRIDGE"})
            if (type->find(word) != std::string::npos)
                refuse("an adapter of the kind " + quoted(*type) +
                           " changes what the model is given and none of its weights, expected \"LORA\"",
                       "look at the model as it is");
        refuse("an adapter of the kind " + quoted(*type) + ", expected \"LORA\"", merge);
    }

    /// Whatever else changes what is added: what is known by name, and flags that this version does not know.
    void refuse_variants() const {
        for (const auto& name : object_.set_fields()) {
            if (name == "use_dora")
                refuse("\"use_dora\" scales every column of the sum to a length of its own (DoRA)", merge);
            const bool is_flag = name.starts_with("use_") && name != "use_rslora";
            if (is_flag) refuse(quoted(name) + " makes the update another than scale B A", merge);
            for (const char* const other : {"target_parameters", "trainable_token_indices",
                                            "layer_replication", "alora_invocation_tokens", "arrow_config"})
                if (name == other) refuse(quoted(name) + " is not read", merge);
        }
        const auto start =
            object_.any({"init_lora_weights"}, "a name, true or false", [](const nlohmann::json& said) {
                return said.is_string()    ? std::optional(said.get<std::string>())
                       : said.is_boolean() ? std::optional(std::string())
                                           : std::nullopt;
            });
        for (const std::string_view plain : {"", "gaussian", "eva", "orthogonal"})
            if (start.value_or("") == plain) return;
        refuse("\"init_lora_weights\" is " + quoted(*start) +
                   ", which may have taken the start of the update out of the model's own weights",
               "save it as a plain LoRA (path_initial_model_for_weight_conversion), or " +
                   std::string(merge));
    }

    config_object object_;
    std::string where_;
    module_pattern ranks_;
    module_pattern alphas_;
    double rank_ = 0;
    double alpha_ = 0;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
