/// @file
/// The bodies of io/detail/checkpoint_folder.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_CHECKPOINT_FOLDER_HPP
#define SVDLENS_IO_DETAIL_BODIES_CHECKPOINT_FOLDER_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../checkpoint_folder.hpp"
#include "../checkpoint_name.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

SVDLENS_BODY bool is_index_path(const std::filesystem::path& path) {
    const auto name = path.filename().string();
    if (name.ends_with(".index.json")) return true;
    const auto parsed = parse_checkpoint_name(name);
    return parsed && parsed->is_index;
}

SVDLENS_BODY bool is_present(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::symlink_status(path, ignored).type() != std::filesystem::file_type::not_found;
}

SVDLENS_BODY std::vector<std::string> names_in(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    std::error_code failure;
    std::filesystem::directory_iterator at(folder, failure);
    for (; !failure && at != std::filesystem::directory_iterator(); at.increment(failure)) {
        names.push_back(at->path().filename().string());
    }
    if (failure) {
        throw file_error(errc::cannot_open,
                         folder.string() + ": cannot read the folder: " + failure.message());
    }
    std::sort(names.begin(), names.end());
    return names;
}

inline bool is_folder(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored);
}

/// The names of the folders in a folder; none where it cannot be read.
inline std::vector<std::string> folders_in(const std::filesystem::path& folder) {
    if (!is_folder(folder)) return {};
    auto names = names_in(folder);
    std::erase_if(names, [&](const std::string& name) { return !is_folder(folder / name); });
    return names;
}

/// For messages: the names, or as many as fit a line.
inline std::string list_of(const std::vector<std::string>& names) {
    constexpr std::size_t most = 12;
    std::string out;
    for (std::size_t k = 0; k < (std::min)(names.size(), most); ++k) {
        out += (k == 0 ? "" : ", ") + quoted(names[k]);
    }
    if (names.size() > most) out += " and " + to_text(names.size() - most) + " more";
    return names.empty() ? "nothing" : out;
}

// ---- caches of the Hugging Face hub --------------------------------------------------------------------------------

inline bool is_hub_model(const std::filesystem::path& folder) {
    return is_folder(folder / "snapshots") && (is_folder(folder / "refs") || is_folder(folder / "blobs") ||
                                               folder.filename().string().starts_with("models--"));
}

/// The commit that `refs/main` names; empty where there is none.
inline std::string main_commit(const std::filesystem::path& model) {
    std::ifstream file(model / "refs" / "main");
    std::string word;
    for (char c = 0; word.size() < 128 && file.get(c) && c != '\n' && c != '\r';) word += c;
    const bool plain = !word.empty() && word != "." && word != ".." &&
                       word.find_first_of(std::string_view("/\\:\0", 4)) == std::string::npos;
    return plain ? word : std::string();
}

inline std::filesystem::path snapshot_of(const std::filesystem::path& model) {
    const auto all = folders_in(model / "snapshots");
    const auto main = main_commit(model);
    if (std::binary_search(all.begin(), all.end(), main)) return model / "snapshots" / main;
    if (main.empty() && all.size() == 1) return model / "snapshots" / all.front();
    throw file_error(errc::no_checkpoint,
                     model.string() + ": expected the snapshot that refs/main names" +
                         (main.empty() ? std::string(", or one only") : " (" + quoted(main) + ")") +
                         ", found in snapshots " + list_of(all) +
                         (all.empty() ? "; download the model" : "; name the folder of one"));
}

inline std::vector<std::string> hub_models_in(const std::filesystem::path& folder) {
    if (!is_folder(folder)) return {};
    auto names = names_in(folder);
    std::erase_if(names, [&](const std::string& name) {
        return !name.starts_with("models--") || !is_hub_model(folder / name);
    });
    return names;
}

SVDLENS_BODY std::filesystem::path model_home(const std::filesystem::path& folder) {
    const auto plain = folder.has_filename() ? folder : folder.parent_path();
    if (is_hub_model(plain)) return snapshot_of(plain);
    if (plain.filename() == "snapshots" && is_hub_model(plain.parent_path()))
        return snapshot_of(plain.parent_path());
    const auto hub = plain.filename() == "huggingface" ? plain / "hub" : plain;
    const auto models = hub_models_in(hub);
    if (models.empty()) return plain;
    if (models.size() == 1) return snapshot_of(hub / models.front());
    throw file_error(errc::no_checkpoint, hub.string() + ": a cache of " + to_text(models.size()) +
                                              " models: " + list_of(models) + "; name the folder of one");
}

// ---- the checkpoints of one folder ---------------------------------------------------------------------------------

/// A checkpoint that a folder may hold: a file, an index, or files without one.
struct folder_candidate {
    checkpoint_key key;
    std::string file = {};  ///< its name; empty where there is none
    std::string index = {}; ///< likewise
    std::string count = {}; ///< of shards, as it is written
    std::map<std::uint64_t, std::string> shards = {};

    bool is_usual() const { return key.stem == "model" || key.stem == "pytorch_model"; }
    bool is_plain() const { return key.variant.empty(); }
};

/// Files of one key, with those that differ in the number of shards apart.
inline std::vector<folder_candidate> candidates_in(const std::vector<std::string>& names,
                                                   std::string_view ending) {
    std::map<std::pair<checkpoint_key, std::string>, folder_candidate> found;
    for (const auto& name : names) {
        const auto parsed = parse_checkpoint_name(name);
        if (!parsed || parsed->key.ending != ending) continue;
        auto& candidate = found[{parsed->key, parsed->is_index ? "" : parsed->count}];
        candidate.key = parsed->key;
        candidate.count = parsed->count;
        if (parsed->is_index)
            candidate.index = name;
        else if (parsed->count.empty())
            candidate.file = name;
        else
            candidate.shards[parsed->number] = name;
    }
    std::vector<folder_candidate> result;
    for (auto& [key, each] : found) {
        const auto whole = found.find({each.key, ""});
        const bool has_own = !each.shards.empty() && whole != found.end();
        if (!has_own) result.push_back(std::move(each)); // shards of an index, or beside the whole
    }
    return result;
}

/// Beside an index other files are its shards, whatever they are called, but for those that are another
/// variant of what it is an index of.
inline void drop_shards_of_indexes(std::vector<folder_candidate>& all) {
    const auto is_index = [](const folder_candidate& each) { return !each.index.empty(); };
    if (std::none_of(all.begin(), all.end(), is_index)) return;
    const auto indexes = all;
    std::erase_if(all, [&](const folder_candidate& each) {
        return each.index.empty() && !each.is_usual() &&
               std::none_of(indexes.begin(), indexes.end(), [&](const folder_candidate& other) {
                   return is_index(other) && other.key.stem == each.key.stem;
               });
    });
}

/// The only one of which something holds; null where there is none, or several.
template <class Test>
const folder_candidate* only_one(const std::vector<folder_candidate>& all, Test test) {
    const auto first = std::find_if(all.begin(), all.end(), test);
    if (first == all.end() || std::any_of(first + 1, all.end(), test)) return nullptr;
    return &*first;
}

/// The usual one, else the only one, else the only one without a variant of what the others are variants of.
inline const folder_candidate* chosen_of(const std::vector<folder_candidate>& all) {
    const auto is_plain = [](const folder_candidate& each) { return each.is_plain(); };
    const auto is_usual = [](const folder_candidate& each) { return each.is_usual() && each.is_plain(); };
    if (std::any_of(all.begin(), all.end(), is_usual)) return only_one(all, is_usual);
    if (all.size() == 1) return &all.front();
    const bool alike = std::all_of(all.begin(), all.end(), [&](const folder_candidate& each) {
        return each.key.stem == all.front().key.stem;
    });
    return alike ? only_one(all, is_plain) : nullptr;
}

/// The one of a variant; of several, that of the usual name.
inline const folder_candidate* chosen_of(const std::vector<folder_candidate>& all, std::string_view variant) {
    const auto is_it = [&](const folder_candidate& each) { return each.key.variant == variant; };
    const auto is_usual = [&](const folder_candidate& each) { return is_it(each) && each.is_usual(); };
    return std::any_of(all.begin(), all.end(), is_usual) ? only_one(all, is_usual) : only_one(all, is_it);
}

/// Refuses a link that leads nowhere, as an interrupted download leaves them.
inline std::filesystem::path checked_link(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::is_symlink(path, ignored) || std::filesystem::exists(path, ignored)) return path;
    throw file_error(errc::cannot_open, path.string() + ": the link leads to " +
                                            quoted(std::filesystem::read_symlink(path, ignored).string()) +
                                            ", which is not there: the download is not complete");
}

/// All files of a model that has no index. They are numbered from 1, or from 0.
inline found_checkpoint full_set(const std::filesystem::path& folder, const folder_candidate& found) {
    constexpr std::size_t most = 8;
    const std::uint64_t count = parse_digits(found.count).value_or(0);
    const std::uint64_t first = found.shards.contains(0) ? 0 : 1;
    std::vector<std::string> missing;
    for (std::uint64_t k = first; k < first + count && missing.size() <= most; ++k)
        if (!found.shards.contains(k)) missing.push_back(to_text(k));
    if (missing.empty() && found.shards.size() == count) {
        found_checkpoint result{folder, {}};
        for (const auto& [number, name] : found.shards) result.shards.push_back(checked_link(folder / name));
        return result;
    }
    std::string text;
    for (std::size_t k = 0; k < (std::min)(missing.size(), most); ++k)
        text += (k == 0 ? "" : ", ") + missing[k];
    if (missing.size() > most) text += ", ...";
    throw file_error(errc::missing_shard,
                     folder.string() + ": " + quoted(found.shards.begin()->second) + " is one of " +
                         to_text(count) + " files without an index, found " + to_text(found.shards.size()) +
                         (text.empty() ? ", not all of them of these" : "; missing: number " + text) +
                         "; download all of them");
}

inline found_checkpoint opened_as(const std::filesystem::path& folder, const folder_candidate& found) {
    if (!found.file.empty()) return {checked_link(folder / found.file), {}};
    if (!found.index.empty()) return {checked_link(folder / found.index), {}};
    return full_set(folder, found);
}

// ---- why there is none ---------------------------------------------------------------------------------------------

/// What interrupted downloads leave.
inline bool is_incomplete(std::string_view name) {
    constexpr std::string_view endings[] = {".incomplete", ".part",  ".partial", ".crdownload",
                                            ".download",   ".aria2", ".lock"};
    return std::any_of(std::begin(endings), std::end(endings),
                       [&](std::string_view ending) { return name.ends_with(ending); });
}

/// Downloads that were not finished, in the folder or where the hub's tools keep them.
inline std::string incomplete_text(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> places = {folder, folder / ".cache" / "huggingface" / "download"};
    if (folder.parent_path().filename() == "snapshots")
        places.push_back(folder.parent_path().parent_path() / "blobs");
    std::vector<std::string> found;
    for (const auto& place : places) {
        if (!is_folder(place)) continue;
        for (const auto& name : names_in(place))
            if (is_incomplete(name)) found.push_back(name);
    }
    return found.empty() ? "" : "; there are downloads that did not end, or their locks: " + list_of(found);
}

/// Whether a folder that was found in another one holds a checkpoint, or may.
inline bool holds_checkpoint(const std::filesystem::path& folder) {
    std::error_code failure;
    std::filesystem::directory_iterator at(folder, failure);
    for (std::size_t seen = 0; !failure && seen < 1000 && at != std::filesystem::directory_iterator();
         at.increment(failure), ++seen) {
        const auto name = at->path().filename().string();
        if (const auto parsed = parse_checkpoint_name(name))
            if (parsed->key.ending == ".safetensors" || parsed->key.stem.ends_with("model")) return true;
    }
    return false;
}

/// `checkpoint-500` before `checkpoint-1000`.
inline std::string subfolder_text(const std::filesystem::path& folder) {
    auto names = folders_in(folder);
    names.resize((std::min<std::size_t>)(names.size(), 1000));
    std::erase_if(names, [&](const std::string& name) { return !holds_checkpoint(folder / name); });
    std::stable_sort(names.begin(), names.end(),
                     [](const auto& a, const auto& b) { return a.size() < b.size(); });
    return names.empty() ? "" : "; its folders hold some: " + list_of(names) + ": name one";
}

/// What to do where there are several.
inline std::string choice_advice(const std::vector<folder_candidate>& all) {
    const bool index =
        std::any_of(all.begin(), all.end(), [](const folder_candidate& each) { return !each.index.empty(); });
    std::string advice = index ? "; name the index" : "; name the file";
    for (const auto& each : all)
        if (!each.is_plain() && chosen_of(all, each.key.variant) == &each)
            return advice + ", or a variant, such as " + quoted(each.key.variant);
    return advice;
}

/// What to do where there is none.
inline std::string absence_advice(const std::filesystem::path& folder,
                                  const std::vector<std::string>& names) {
    auto advice = incomplete_text(folder) + subfolder_text(folder);
    if (!advice.empty()) return advice;
    const auto any_ends_with = [&](std::string_view ending) {
        return std::any_of(names.begin(), names.end(),
                           [&](const std::string& name) { return name.ends_with(ending); });
    };
    for (const char* torch : {".bin", ".pt", ".pth", ".ckpt"})
        if (any_ends_with(torch)) return "; name the file";
    for (const char* other : {".gguf", ".h5", ".msgpack"})
        if (any_ends_with(other)) return "; convert the weights to safetensors";
    return "";
}

[[noreturn]] inline void throw_no_variant(const std::filesystem::path& folder, std::string_view variant,
                                          const std::vector<folder_candidate>& all,
                                          const std::vector<std::string>& names) {
    std::vector<std::string> variants;
    for (const auto& each : all)
        if (!each.key.variant.empty()) variants.push_back(each.key.variant);
    variants.erase(std::unique(variants.begin(), variants.end()), variants.end());
    throw file_error(errc::no_checkpoint,
                     folder.string() + ": expected one checkpoint of variant " + quoted(variant) +
                         ", found " + (variants.empty() ? list_of(names) : "variants " + list_of(variants)));
}

/// Those that count: torch's, where there are no safetensors; what torch saves besides models is not called so.
inline std::vector<folder_candidate> candidates_in(const std::vector<std::string>& names) {
    auto all = candidates_in(names, ".safetensors");
    if (all.empty()) {
        all = candidates_in(names, ".bin");
        std::erase_if(all, [](const folder_candidate& each) { return !each.key.stem.ends_with("model"); });
    }
    drop_shards_of_indexes(all);
    return all;
}

/// Files that torch's users save under names of their own.
inline std::vector<std::string> torch_files_in(const std::filesystem::path& folder,
                                               std::vector<std::string> names) {
    std::erase_if(names, [&](const std::string& name) {
        return !(name.ends_with(".pt") || name.ends_with(".pth") || name.ends_with(".ckpt")) ||
               is_folder(folder / name);
    });
    return names;
}

SVDLENS_BODY found_checkpoint find_checkpoint(const std::filesystem::path& path, std::string_view variant) {
    const auto folder = model_home(path);
    const auto names = names_in(folder);
    const auto all = candidates_in(names);
    const auto* const chosen = variant.empty() ? chosen_of(all) : chosen_of(all, variant);
    if (chosen != nullptr) return opened_as(folder, *chosen);
    if (!variant.empty()) throw_no_variant(folder, variant, all, names);
    const auto torch = torch_files_in(folder, names);
    if (all.empty() && torch.size() == 1) return {checked_link(folder / torch.front()), {}};
    throw file_error(errc::no_checkpoint,
                     folder.string() +
                         ": expected model.safetensors, one index (.safetensors.index.json) or "
                         "one .safetensors file, found " +
                         list_of(names) + (all.empty() ? absence_advice(folder, names) : choice_advice(all)));
}

SVDLENS_BODY found_checkpoint checkpoint_at(const std::filesystem::path& path, std::string_view variant) {
    if (is_folder(path)) return find_checkpoint(path, variant);
    if (variant.empty()) return {path, {}};
    throw argument_error(errc::invalid_argument, path.string() + ": a variant (" + quoted(variant) +
                                                     ") chooses in a folder, and this is none");
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
