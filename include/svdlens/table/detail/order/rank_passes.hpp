/// @file
/// What stands at ranks of a source, as passes that others share: the highest digits of all scores are counted, then
/// further digits of the scores about the ranks, until the few that are left can be collected.
#ifndef SVDLENS_TABLE_DETAIL_ORDER_RANK_PASSES_HPP
#define SVDLENS_TABLE_DETAIL_ORDER_RANK_PASSES_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "../../question.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "order_image.hpp"
#include "rank_search.hpp"
#include "top_digits.hpp"

namespace svdlens::inline v0_2::detail {

/// Hits that workers hand over, a handful at a time.
inline constexpr std::size_t digit_handful = 4096;

/// How often each digit follows each of some prefixes.
template <std::floating_point T>
class next_digits {
  public:
    next_digits(std::size_t prefixes, bool narrow) {
        if (narrow)
            narrow_.resize(prefixes * digit_values);
        else
            wide_.resize(prefixes * digit_values);
    }

    /// Any thread. Each hit is the place of a prefix and the digit that follows.
    void add(std::vector<std::uint32_t>& hits) {
        const std::lock_guard lock(mutex_);
        if (!narrow_.empty())
            for (const auto hit : hits) ++narrow_[hit];
        else
            for (const auto hit : hits) ++wide_[hit];
        hits.clear();
    }

    /// The same, counted by another process.
    void add(const std::vector<std::pair<std::uint32_t, std::uint64_t>>& counts) {
        const std::lock_guard lock(mutex_);
        for (const auto& [hit, count] : counts) {
            if (hit < narrow_.size()) narrow_[hit] += static_cast<std::uint32_t>(count);
            if (hit < wide_.size()) wide_[hit] += count;
        }
    }
    /// Those that were counted.
    std::vector<std::pair<std::uint32_t, std::uint64_t>> counts() const {
        std::vector<std::pair<std::uint32_t, std::uint64_t>> result;
        for (std::size_t hit = 0; hit < (std::max)(narrow_.size(), wide_.size()); ++hit)
            if (const auto count = (*this)[hit]; count != 0)
                result.emplace_back(static_cast<std::uint32_t>(hit), count);
        return result;
    }

    /// How often a digit follows a prefix: by the place of that and the digit.
    std::uint64_t operator[](std::size_t hit) const { return narrow_.empty() ? wide_[hit] : narrow_[hit]; }

    /// Gives the ranks under the prefixes from `first` on, `count` of them, their next digit.
    void descend(rank_search<T>& search, std::size_t first, std::size_t count) const {
        for (std::size_t k = 0; k < count; ++k) {
            if (!narrow_.empty())
                search.descend(first + k, std::span(narrow_).subspan(k * digit_values, digit_values));
            else
                search.descend(first + k, std::span(wide_).subspan(k * digit_values, digit_values));
        }
    }

  private:
    std::mutex mutex_;
    std::vector<std::uint32_t> narrow_;
    std::vector<std::uint64_t> wide_;
};

/// Counts the digits that follow some of the prefixes of a search: one pass. At most `together` prefixes in one
/// (32 MiB of counts).
template <std::floating_point T, score_key Key>
class digit_pass {
  public:
    static constexpr std::size_t together = 128;
    using state = std::vector<std::uint32_t>;

    digit_pass(const rank_search<T>& search, std::size_t first) :
        first_(first), count_((std::min)(together, search.open().size() - first)),
        open_(search.open().subspan(first, count_), search.depth()),
        counts_(std::make_shared<next_digits<T>>(count_, search.fits_narrow_counts())) {}

    std::size_t end() const { return first_ + count_; }

    void look(const score_block<T>& block, state& hits) const {
        open_.template find<Key>(block, [&](std::size_t place, auto image) {
            hits.push_back(static_cast<std::uint32_t>(place << digit_bits | open_.next_digit(image)));
            if (hits.size() >= digit_handful) counts_->add(hits);
        });
    }
    void hand_over(state& hits) const { counts_->add(hits); }
    const std::shared_ptr<next_digits<T>>& counts() const { return counts_; }

    void descend(rank_search<T>& search) const { counts_->descend(search, first_, count_); }

  private:
    std::size_t first_;
    std::size_t count_;
    open_prefixes<T> open_;
    std::shared_ptr<next_digits<T>> counts_;
};

/// Collects the images of all scores under the open prefixes of a search, in any order: one pass.
template <std::floating_point T, score_key Key>
class image_pass {
  public:
    using state = std::vector<image_type<T>>;

    explicit image_pass(const rank_search<T>& search) :
        open_(search.open(), search.depth()), all_(std::make_shared<found>()) {
        all_->images.reserve(static_cast<std::size_t>(search.open_scores()));
    }

    void look(const score_block<T>& block, state& images) const {
        open_.template find<Key>(block, [&](std::size_t, auto image) {
            images.push_back(image);
            if (images.size() >= digit_handful) hand_over(images);
        });
    }
    void hand_over(state& images) const {
        const std::lock_guard lock(all_->mutex);
        all_->images.insert(all_->images.end(), images.begin(), images.end());
        images.clear();
    }

    /// Once all is handed over.
    std::span<image_type<T>> images() const { return all_->images; }

  private:
    struct found {
        std::mutex mutex;
        std::vector<image_type<T>> images;
    };

    open_prefixes<T> open_;
    std::shared_ptr<found> all_;
};

/// What a worker holds in any of the passes.
template <std::floating_point T>
struct rank_state {
    std::optional<top_digits<T>> digits; ///< of the first pass
    std::vector<std::uint32_t> hits;
    std::vector<image_type<T>> images;
    std::vector<std::pair<std::uint32_t, std::uint64_t>> counts; ///< hits that another process has counted

    /// Hits are handed over before a state is written: what another process has found of them are counts.
    template <class Pipe>
    void fields(Pipe& pipe) {
        pipe(digits, images, counts);
    }
};

/// What workers have handed over in a pass, as a state of its own. @{
template <std::floating_point T, score_key Key>
void gather_digits(const digit_pass<T, Key>& pass, rank_state<T>& all) {
    all.counts = pass.counts()->counts();
}
template <std::floating_point T, score_key Key>
void gather_images(const image_pass<T, Key>& pass, rank_state<T>& all) {
    all.images.assign(pass.images().begin(), pass.images().end());
}
/// @}

/// The passes to what stands at ranks. After the first one, when the digits are counted, `seek(ranks)` says which are
/// wanted; without it there is no other pass.
template <std::floating_point T, score_key Key>
class rank_passes {
  public:
    using state = rank_state<T>;
    static constexpr merge_order order = merge_order::any;
    enum class step { count, wait, descend, collect, done };
    struct plan {
        step what = step::done;
        const digit_pass<T, Key>* digits = nullptr;
        const image_pass<T, Key>* images = nullptr;
    };

    /// The highest digits, between the first pass and `seek`.
    const top_digits<T>& digits() const { return *digits_; }
    bool has_counted() const { return step_ != step::count; }

    /// @param ranks in any order, below `digits().size()`
    void seek(std::vector<std::uint64_t> ranks) {
        ranks_ = sorted_unique(std::move(ranks));
        search_.emplace(*digits_, ranks_);
        digits_.reset();
        go_on();
    }

    unsigned passes_left() const {
        switch (step_) {
        case step::count:
            return digits_of<T>;
        case step::descend:
            return parts_left() + search_->digits_left() - 1;
        case step::collect:
            return 1;
        case step::wait:
        case step::done:
            break;
        }
        return 0;
    }

    plan begin_pass() {
        if (step_ == step::descend) digit_pass_.emplace(*search_, next_);
        if (step_ == step::collect) image_pass_.emplace(*search_);
        return {step_, digit_pass_ ? &*digit_pass_ : nullptr, image_pass_ ? &*image_pass_ : nullptr};
    }

    void look(const plan& now, const score_block<T>& block, state& mine) const {
        if (now.what == step::count) {
            if (!mine.digits) mine.digits.emplace();
            mine.digits->template count<Key>(block);
        } else if (now.what == step::descend) {
            now.digits->look(block, mine.hits);
        } else {
            now.images->look(block, mine.images);
        }
    }

    void merge(state& into, state& later) const {
        add_digits(into.digits, later.digits);
        if (!later.hits.empty()) digit_pass_->hand_over(later.hits);
        if (!later.counts.empty()) digit_pass_->counts()->add(std::exchange(later.counts, {}));
        if (!later.images.empty()) image_pass_->hand_over(later.images);
    }

    void gather(state& all) const {
        if (step_ == step::descend) gather_digits(*digit_pass_, all);
        if (step_ == step::collect) gather_images(*image_pass_, all);
    }

    void end_pass(state& all) {
        if (step_ == step::count) {
            digits_ = all.digits ? std::move(*all.digits) : top_digits<T>();
            step_ = step::wait;
        } else if (step_ == step::descend) {
            end_descent();
        } else {
            found_ = search_->take(image_pass_->images());
            end();
        }
    }

    /// What stands at the ranks that were asked for.
    scores_at_ranks<T> result() { return {std::move(ranks_), std::move(found_)}; }

  private:
    unsigned parts_left() const {
        const std::size_t prefixes = search_->open().size() - next_;
        return static_cast<unsigned>((prefixes + digit_pass<T, Key>::together - 1) /
                                     digit_pass<T, Key>::together);
    }

    void end_descent() {
        digit_pass_->descend(*search_);
        next_ = digit_pass_->end();
        digit_pass_.reset();
        if (next_ < search_->open().size()) return;
        next_ = 0;
        search_->end_digit();
        go_on();
    }

    void go_on() {
        if (search_->is_done()) {
            found_ = search_->take();
            end();
        } else {
            step_ = search_->open_scores() <= search_->most_collected() ? step::collect : step::descend;
        }
    }

    void end() {
        search_.reset();
        image_pass_.reset();
        step_ = step::done;
    }

    step step_ = step::count;
    std::optional<top_digits<T>> digits_;
    std::vector<std::uint64_t> ranks_;
    std::optional<rank_search<T>> search_;
    std::size_t next_ = 0; ///< the first prefix whose next digits are not counted yet
    std::optional<digit_pass<T, Key>> digit_pass_;
    std::optional<image_pass<T, Key>> image_pass_;
    std::vector<ranked_score<T>> found_;
};

#ifdef SVDLENS_COMPILED
extern template class rank_passes<float, signed_score>;
extern template class rank_passes<double, signed_score>;
extern template class rank_passes<float, magnitude>;
extern template class rank_passes<double, magnitude>;
#endif

} // namespace svdlens::inline v0_2::detail

#endif
