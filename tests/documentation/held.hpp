/// @file
/// What the pages' code blocks stand on: the names that a page uses without declaring them. `blocks.py` makes a class
/// of each block whose members these are.
#ifndef SVDLENS_TESTS_DOCUMENTATION_HELD_HPP
#define SVDLENS_TESTS_DOCUMENTATION_HELD_HPP

#include <cmath>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <svdlens/svdlens.hpp>

namespace sl = svdlens;

/// A view of somebody's, for table.md: rows of columns at a pitch.
class my_view {
  public:
    const float* data() const { return values_; }
    std::uint64_t rows() const { return 2; }
    std::uint64_t columns() const { return 3; }
    std::int64_t pitch() const { return 4; }

  private:
    float values_[8] = {0, 1, 2, 9, 4, 5, 6, 9};
};

namespace documentation {

/// Made once, of the planted model and the fixtures that blocks.py puts into the folder.
struct things {
    sl::state_dict file = sl::open_weights("model.safetensors");
    sl::transformer_weights weights = sl::fold_norms(sl::transformer_weights(file));
    sl::transformer_weights llama = sl::fold_norms(sl::transformer_weights(sl::open_weights("llama")));
    sl::transformer_weights tokens = sl::fold_norms(sl::transformer_weights(sl::open_weights("nanogpt")));
    sl::float_directions heads = sl::singular_directions(sl::ov_circuits(weights));
    sl::projection scores = sl::project(heads.writing(), weights.mlp_in());
    sl::selection edges = sl::outside_quantiles(scores, 0.001, 0.999);
    sl::selection to_unembed =
        sl::outside_quantiles(sl::project(heads.writing(), weights.unembed()), 0.01, 0.99);
    sl::selection from_embedding =
        sl::outside_quantiles(sl::project(heads.reading(), sl::normalized(weights.embed())), 0.001, 0.999);
    std::vector<float> v = std::vector<float>(12 * 12 * 3072, 0.5f);
    std::vector<std::string> names{"a", "b"};
    std::string provenance = "model.safetensors";
    std::filesystem::path path = "model.safetensors";
    double low = -0.5;
    double high = 0.5;
};

inline const things& made_once() {
    static const things all;
    return all;
}

/// Copies, which a block may change or move from; they share their values.
struct held : things {
    held() : things(made_once()) {}
};

inline int& failures() {
    static int count = 0;
    return count;
}

inline std::ostream& values() {
    static std::ostringstream all;
    return all;
}

/// Says what a page shows as `// = ...`.
template <class T>
void value(const char* where, const T& what) {
    auto& out = values();
    out << '\x1f' << where << '\t' << std::boolalpha;
    if constexpr (std::is_convertible_v<T, std::string>)
        out << '"' << std::string(what) << '"';
    else if constexpr (requires { out << what; })
        out << what;
    else {
        const char* between = "";
        for (const auto& each : what) out << std::exchange(between, " ") << each;
    }
    out << '\n';
}

/// Runs a block and prints, behind its place, what it printed and which values it has.
template <class Block>
void run(const char* where) {
    std::ostringstream printed;
    static_cast<std::ostringstream&>(values()).str("");
    auto* const screen = std::cout.rdbuf(printed.rdbuf());
    std::string failure;
    try {
        Block().run();
    } catch (const std::exception& what) {
        failure = what.what();
    }
    std::cout.rdbuf(screen);
    if (!failure.empty()) {
        std::cerr << where << ": " << failure << "\n";
        ++failures();
        return;
    }
    std::cout << '\x1e' << where << '\n'
              << printed.str() << static_cast<std::ostringstream&>(values()).str() << std::flush;
}

inline int end() { return failures() == 0 ? 0 : 1; }

} // namespace documentation

#endif
