/// @file
/// One bar for a whole command: share, what it is at, and the time left.
#ifndef SVDLENS_EXAMPLES_PROGRAM_PROGRESS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_PROGRESS_HPP

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <svdlens/core/execution.hpp>
#include <svdlens/core/text.hpp>

namespace program {

/// Three digits and a prefix of thousands: 57.3 M.
inline std::string short_number(double value) {
    constexpr std::array<const char*, 5> prefixes{"", " k", " M", " G", " T"};
    std::size_t k = 0;
    for (; value >= 999.5 && k + 1 < prefixes.size(); ++k) value /= 1000;
    return svdlens::to_rounded_text(value, 3) + prefixes[k];
}

/// 59 s, 4 min 5 s, 2 h 13 min.
inline std::string duration_text(double seconds) {
    const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
    const auto text = [](std::uint64_t n, const char* unit) { return svdlens::to_text(n) + unit; };
    if (whole < 60) return text(whole, " s");
    if (whole < 3600) return text(whole / 60, " min ") + text(whole % 60, " s");
    return text(whole / 3600, " h ") + text(whole / 60 % 60, " min");
}

/// Whether standard error is a terminal on which a line can be drawn over.
inline bool can_draw() {
    const char* set = std::getenv("TERM");
    const std::string_view terminal = set == nullptr ? "" : set;
    return isatty(STDERR_FILENO) == 1 && !terminal.empty() && terminal != "dumb";
}

/// The work of a command in stages of known cost, drawn as one line on standard error: silent in a pipe, on a
/// dumb terminal, and for what is done within a moment. The time left is that of the stages' costs at the pace
/// so far, so it is as good as the costs stand to each other.
class progress_bar {
  public:
    explicit progress_bar(bool quiet) : visible_(!quiet && can_draw()) {}
    progress_bar(const progress_bar&) = delete;
    progress_bar& operator=(const progress_bar&) = delete;
    ~progress_bar() { clear(); }

    /// Adds to what is to come, in any unit that all stages share.
    void expect(double cost) { total_ += cost; }

    /// Begins a stage that was expected at that cost.
    void begin(std::string name, std::string unit, double cost) {
        done_ += cost_;
        cost_ = cost;
        name_ = std::move(name);
        unit_ = std::move(unit);
        stage_start_ = clock::now();
        share_ = 0;
        draw({0, 0});
    }

    /// For `execution::progress` of the stage at hand.
    auto reporter() {
        return [this](const svdlens::progress_report& report) {
            if (report.total != 0)
                share_ = static_cast<double>(report.done) / static_cast<double>(report.total);
            draw(report);
        };
    }

    /// Takes the line away.
    void clear() {
        if (drawn_) std::fprintf(stderr, "\r%*s\r", static_cast<int>(width), "");
        drawn_ = false;
    }

  private:
    using clock = std::chrono::steady_clock;
    static constexpr std::size_t width = 79;

    void draw(const svdlens::progress_report& report) {
        const auto now = clock::now();
        if (!visible_ || now - start_ < std::chrono::milliseconds(300) ||
            now - last_ < std::chrono::milliseconds(100))
            return;
        last_ = now;
        drawn_ = true;
        auto text = line(report, now);
        text.resize(width, ' ');
        std::fprintf(stderr, "\r%s", text.c_str());
        std::fflush(stderr);
    }

    std::string line(const svdlens::progress_report& report, clock::time_point now) const {
        const auto seconds = [&](clock::time_point since) {
            return std::chrono::duration<double>(now - since).count();
        };
        constexpr double bar_width = 20;
        const double share = total_ > 0 ? (std::min)(1.0, (done_ + share_ * cost_) / total_) : 0;
        std::string bar(static_cast<std::size_t>(bar_width * share), '#');
        bar.resize(static_cast<std::size_t>(bar_width), '.');
        std::string text = "[" + bar + "] " + svdlens::to_text(static_cast<int>(100 * share)) + " %";
        if (share > 0.01 && seconds(start_) > 1)
            text += "  " + duration_text(seconds(start_) * (1 - share) / share) + " left";
        text += "  " + name_;
        const double rate = static_cast<double>(report.done) / seconds(stage_start_);
        if (report.done != 0 && seconds(stage_start_) > 0.2)
            text += "  " + short_number(rate) + " " + unit_ + "/s";
        return text;
    }

    bool visible_;
    bool drawn_ = false;
    double total_ = 0, done_ = 0, cost_ = 0, share_ = 0;
    std::string name_, unit_;
    clock::time_point start_ = clock::now();
    clock::time_point stage_start_ = start_;
    clock::time_point last_ = start_;
};

} // namespace program

#endif
