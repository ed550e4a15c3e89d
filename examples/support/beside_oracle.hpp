/// @file
/// Our figures with another program's beside them.
#ifndef SVDLENS_EXAMPLES_BESIDE_ORACLE_HPP
#define SVDLENS_EXAMPLES_BESIDE_ORACLE_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include <svdlens/core/text.hpp>

/// Prints a figure, and beside it the one that stands at a place of a JSON file of answers, if there is a
/// file. Counts those that differ by more than the tolerance.
class beside_oracle {
  public:
    explicit beside_oracle(std::ostream& out) : out_(&out) {}

    /// @throws std::runtime_error when the file is no JSON
    beside_oracle(std::ostream& out, const std::filesystem::path& file) : out_(&out) {
        std::ifstream in(file);
        answers_ = nlohmann::json::parse(in, nullptr, false);
        if (!answers_.is_object()) throw std::runtime_error(file.string() + ": no JSON object of answers");
    }

    bool there() const { return answers_.is_object(); }

    /// A figure that may differ by `tolerance`; `place` is a JSON pointer.
    void number(const std::string& name, double ours, const std::string& place, double tolerance) {
        const auto* theirs = find(place);
        print(name, svdlens::to_rounded_text(ours, 6),
              theirs == nullptr ? "" : svdlens::to_rounded_text(theirs->get<double>(), 6),
              theirs == nullptr || std::abs(ours - theirs->get<double>()) <= tolerance);
    }

    void count(const std::string& name, std::size_t ours, const std::string& place) {
        number(name, static_cast<double>(ours), place, 0);
    }

    void text(const std::string& name, const std::string& ours, const std::string& place) {
        const auto* theirs = find(place);
        const std::string said = theirs == nullptr     ? ""
                                 : theirs->is_string() ? theirs->get<std::string>()
                                                       : theirs->dump();
        print(name, ours, said, theirs == nullptr || ours == said);
    }

    std::size_t figures() const { return figures_; }
    std::size_t wrong() const { return wrong_; }

  private:
    const nlohmann::json* find(const std::string& place) const {
        const nlohmann::json::json_pointer pointer(place);
        if (!there() || place.empty()) return nullptr;
        if (!answers_.contains(pointer)) throw std::runtime_error("no answer at " + place);
        return &answers_.at(pointer);
    }

    void print(const std::string& name, const std::string& ours, const std::string& theirs, bool agrees) {
        const auto padded = [](const std::string& text, std::size_t width) {
            return text + std::string(std::max(width, text.size() + 2) - text.size(), ' ');
        };
        *out_ << "  " << padded(name, 44) << padded(ours, 16);
        if (!theirs.empty()) {
            ++figures_;
            wrong_ += agrees ? 0 : 1;
            *out_ << "oracle " << theirs << (agrees ? "" : "   DIFFERS");
        }
        *out_ << "\n";
    }

    std::ostream* out_;
    nlohmann::json answers_;
    std::size_t figures_ = 0;
    std::size_t wrong_ = 0;
};

#endif
