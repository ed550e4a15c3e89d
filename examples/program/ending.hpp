/// @file
/// How the program ends: exit statuses, and one line on standard error.
#ifndef SVDLENS_EXAMPLES_PROGRAM_ENDING_HPP
#define SVDLENS_EXAMPLES_PROGRAM_ENDING_HPP

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <svdlens/core/error.hpp>
#include <svdlens/core/text.hpp>

#include "interruption.hpp"

namespace program {

/// What is wrong with the arguments.
class usage_error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The bytes that the last refused allocation asked for; 0 where nobody counted.
inline std::atomic<std::size_t> refused_bytes{0};

/// What the folders are called in which files are written before they take their places.
inline constexpr std::string_view work_prefix = ".svdlens-work-";

/// What the program was at, for the message of an allocation that failed.
inline std::string current_stage = "starting"; // NOLINT: written by the main thread only

/// The model that is read, for messages that name no file.
inline std::string current_model; // NOLINT: likewise

namespace detail {

/// What the library calls for in C++, and how the program's user says it.
struct remedy {
    std::string_view library;
    std::string_view program;
};

inline constexpr remedy remedies[] = {
    {"raise execution::memory_budget, or stream them (for_each_tail)", "give more: --memory 4GiB"},
    {"group by fewer columns or raise execution::memory_budget",
     "filter to fewer rows (--layers, --heads) or give more: --memory 4GiB"},
    {"group by more columns or raise execution::memory_budget", "give more: --memory 4GiB"},
    {"raise execution::memory_budget", "give more: --memory 4GiB"},
    {"transformer_weights(file, {.config = {.n_heads = ...}}), or --n-heads of the program", "--n-heads"},
    {"transformer_weights(file, {.config = {.model_type = ...}}), or --model-type of the program",
     "--model-type"},
    {"transformer_weights(file, {.tower = ...}), or --tower of the program", "--tower"},
    {"transformer_weights(file, {.prefix = ...}), or --prefix of the program", "--prefix"},
    {"transformer_weights(file, {.config = {.tied_embeddings = ...}})",
     "tie_word_embeddings in the config.json beside the file"},
    {"transformer_weights(file, {.config = {.quantization = \"\"}})",
     "take quantization_config out of the config.json beside the file"},
    {"transformer_weights(file, {.config = {.quantization = \"fp8\"}})",
     "quantization_config with quant_method fp8 in a config.json beside the file"},
    {" or in transformer_weights(file, {.config = ...})", ""},
    {"choose one with --key (the option `key`)", "choose one with --key"},
    {", which open_weights reads", ""},
    {"use rotary_qk_circuits(weights, offset)", "say how far a query stands behind its key: --offset N"},
    {"; say it: {.offset = 1}", ""},
    {"matching_test(weights, {.offset = 1}) tests tokens at an offset",
     "--offset N tests tokens at an offset"},
    {"put a config.json beside the file, or set the weights' member `attention_scale`",
     "put a config.json beside the file"},
};

/// A message of the library in the program's words. Those on tables of scores name no file.
inline std::string in_program_words(std::string text) {
    for (const auto& [library, program] : remedies) {
        const auto at = text.find(library);
        if (at == std::string::npos) continue;
        text.replace(at, library.size(), program);
        const bool of_table = library.find("memory_budget") != std::string_view::npos;
        return of_table && !current_model.empty() ? current_model + ": " + text : text;
    }
    return text;
}

inline std::string memory_text() {
    const auto bytes = refused_bytes.load();
    const std::string asked = bytes == 0 ? "more memory" : svdlens::to_text(bytes) + " bytes";
    return "the system did not give " + asked + " while " + current_stage +
           "; ask for less (--layers, --heads, a smaller --tail), give --memory, or fewer --threads";
}

/// Reads like the library's own messages: file, reason.
inline std::string file_system_text(const std::filesystem::filesystem_error& failure) {
    const auto reason = failure.code().message();
    return failure.path1().empty() ? reason : failure.path1().string() + ": " + reason;
}

inline int say(const std::string& name, std::string message, int status) {
    // A file on its way is called as it will be.
    if (const auto at = message.find(work_prefix); at != std::string::npos)
        if (const auto end = message.find('/', at); end != std::string::npos) message.erase(at, end + 1 - at);
    std::cerr << name << ": " << svdlens::shown_bytes(message) << "\n";
    return status;
}

} // namespace detail

/// Runs `job()`, which returns the exit status, and says in one line what it throws: 2 for wrong arguments,
/// 128 and the signal's number after a signal, 1 for everything else, lost output included. What cannot be
/// seen in a name is escaped.
template <class Job>
int run_program(const std::string& name, Job job) {
    hear_signals();
    try {
        const int status = job();
        if (std::cout.flush()) return status;
        return detail::say(name, "cannot write to standard output; what it printed is lost", EXIT_FAILURE);
    } catch (const usage_error& failure) {
        return detail::say(name, std::string(failure.what()) + " (see " + name + " --help)", 2);
    } catch (const svdlens::cancelled_error&) {
        return detail::say(name, "interrupted; files are as they were before", 128 + heard_signal.load());
    } catch (const svdlens::error& failure) {
        return detail::say(name, detail::in_program_words(failure.what()), EXIT_FAILURE);
    } catch (const std::filesystem::filesystem_error& failure) {
        return detail::say(name, detail::file_system_text(failure), EXIT_FAILURE);
    } catch (const std::system_error& failure) {
        return detail::say(name, failure.code().message(), EXIT_FAILURE);
    } catch (const std::bad_alloc&) {
        return detail::say(name, detail::memory_text(), EXIT_FAILURE);
    } catch (const std::length_error&) {
        return detail::say(name, detail::memory_text(), EXIT_FAILURE);
    } catch (const std::exception& failure) {
        return detail::say(name, "a fault of the program while " + current_stage + ": " + failure.what(),
                           EXIT_FAILURE);
    }
}

} // namespace program

#endif
