/// @file
/// The adapters of model/make_compounds.py, as they are or changed.
#ifndef SVDLENS_TESTS_MODEL_EDITED_ADAPTER_HPP
#define SVDLENS_TESTS_MODEL_EDITED_ADAPTER_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/temporary_directory.hpp"
#include "svdlens/io/low_rank_adapter.hpp"
#include "svdlens/io/safetensors.hpp"

namespace svdlens_tests {

inline std::filesystem::path model_tests() {
    return std::filesystem::path(SVDLENS_TEST_SOURCE_DIR) / "model";
}
inline std::filesystem::path adapter_folder(const std::string& name) {
    return model_tests() / "compounds" / "adapters" / name;
}

inline svdlens::state_dict base_of(const std::string& name) {
    auto text = read_file(adapter_folder(name) / "base.txt");
    text.erase(text.find_last_not_of('\n') + 1);
    return svdlens::open_safetensors(model_tests() / text / "model.safetensors");
}

/// An adapter's folder of which something is another.
struct edited_adapter {
    std::string name;
    std::map<std::string, svdlens::named_tensor> tensors = {};
    nlohmann::json config = {};

    explicit edited_adapter(const std::string& name_) : name(name_) {
        const auto file = svdlens::open_safetensors(adapter_folder(name) / "adapter_model.safetensors");
        const auto owner = std::make_shared<const svdlens::state_dict>(file);
        for (const auto& r : file.records())
            tensors.insert(
                {r.name, svdlens::named_tensor(r.name, r.type, r.shape, file.bytes(r.name), owner)});
        config = nlohmann::json::parse(read_file(adapter_folder(name) / "adapter_config.json"));
    }
    void put(const std::string& tensor, const std::vector<std::uint64_t>& shape) {
        std::size_t size = 1;
        for (const auto extent : shape) size *= static_cast<std::size_t>(extent);
        tensors.erase(tensor);
        tensors.insert(
            {tensor, svdlens::named_tensor(tensor, svdlens::tensor(std::vector<float>(size, 0.5F), shape))});
    }
    void rename(const std::string& from, const std::string& to) {
        auto tensor = tensors.at(from);
        tensors.erase(from);
        tensor.name = to;
        tensors.insert({to, tensor});
    }
    svdlens::low_rank_adapter written(const std::filesystem::path& folder) const {
        std::vector<svdlens::named_tensor> all;
        for (const auto& each : tensors) all.push_back(each.second);
        svdlens::write_safetensors(folder / "adapter_model.safetensors", all);
        write_file(folder / "adapter_config.json", config.dump());
        return svdlens::open_adapter(folder);
    }
    /// What opening it says; nothing where it opens.
    std::string refusal() const {
        const temporary_directory folder;
        return message_of([&] { (void)written(folder.path()); });
    }
};

inline void expect_words(const std::string& message, const std::vector<std::string>& words) {
    INFO(message);
    CHECK(message.find('\n') == std::string::npos);
    for (const auto& word : words) {
        INFO(word);
        CHECK(message.find(word) != std::string::npos);
    }
}

} // namespace svdlens_tests

#endif
