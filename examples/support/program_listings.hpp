/// @file
/// Ten small programs. Token 0 begins every sequence, token 1 ends some; letters follow.
#ifndef SVDLENS_EXAMPLES_PROGRAM_LISTINGS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_LISTINGS_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/core/error.hpp>

#include "program_listing.hpp"

namespace planted::compiler {

inline constexpr std::string_view program_names[] = {
    "previous_token", "induction",   "duplicate_token",  "skip_trigram",  "palindrome",
    "first_unique",   "running_sum", "copy_suppression", "q_composition", "v_composition"};

namespace detail {

inline constexpr std::size_t ending = 1; ///< the token that asks
inline constexpr std::size_t first_letter = 2;
inline constexpr double root_half = 0.70710678118654752;

/// How the listings are made: the spectrum's kind, and whether the form has positions.
struct setting {
    spectra values;
    bool has_positions;
};

/// A head that copies each letter to the position behind it.
inline std::size_t copy_previous(listing_builder& b, std::size_t letters,
                                 const std::vector<std::size_t>& used = {}) {
    const std::size_t before = b.add("previous", letters);
    auto& head = b.head("previous", 0, 0);
    b.look_back(head, 1, used);
    b.move(head, each_of(b.token(first_letter), letters), each_of(before, letters));
    return before;
}

/// An output coordinate for each of some tokens.
inline std::size_t add_outputs(listing_builder& b, std::size_t first, std::size_t count) {
    const std::size_t out = b.add("output", count);
    for (std::size_t k = 0; k < count; ++k) b.predict(first + k, out + k);
    return out;
}

inline std::vector<std::size_t> begin_with(const std::vector<std::size_t>& letters) {
    std::vector<std::size_t> tokens{0};
    for (const auto letter : letters) tokens.push_back(first_letter + letter);
    return tokens;
}

/// Says what stood one position before.
inline listing previous_token(setting s) {
    constexpr std::size_t letters = 10, length = 9;
    listing_builder b("previous_token", answer_kind::choice, s.values, s.has_positions,
                      first_letter + letters, 10);
    const auto before = copy_previous(b, letters);
    const auto out = add_outputs(b, first_letter, letters);
    for (std::size_t k = 0; k < letters; ++k) b.look_up("carry", 1, {{before + k}}, {{out + k}});
    return b.finish({"previous", "carry"}, [](counter_random& random) {
        std::vector<std::size_t> drawn;
        for (std::size_t k = 0; k < length; ++k) drawn.push_back(random.below(letters));
        const auto tokens = begin_with(drawn);
        return question{tokens, tokens[tokens.size() - 2]};
    });
}

/// Says what followed when the last token came before: two heads read the previous token's head by their keys.
inline listing induction(setting s) {
    constexpr std::size_t letters = 10;
    listing_builder b("induction", answer_kind::choice, s.values, s.has_positions, first_letter + letters,
                      11);
    const auto before = copy_previous(b, letters);
    const auto out = add_outputs(b, first_letter, letters);
    const auto tokens = each_of(b.token(first_letter), letters);
    for (const std::size_t layer : {1U, 2U}) {
        auto& head = b.head("induction " + std::to_string(layer), layer, layer - 1);
        b.look_for(head, pairs_of(tokens, each_of(before, letters)));
        b.move(head, tokens, each_of(out, letters));
    }
    return b.finish({"previous"}, [](counter_random& random) {
        auto drawn = draw_different(random, 8, letters);
        const std::size_t at = random.below(7);
        drawn.push_back(drawn[at]);
        return question{begin_with(drawn), first_letter + drawn[at + 1]};
    });
}

/// Says whether the last token came before.
inline listing duplicate_token(setting s) {
    constexpr std::size_t letters = 10, length = 8;
    listing_builder b("duplicate_token", answer_kind::test, s.values, s.has_positions, first_letter + letters,
                      10);
    const auto before = copy_previous(b, letters);
    const auto seen = b.add("seen", letters), found = b.add("found"), yes = b.add("yes");
    const auto tokens = each_of(b.token(first_letter), letters), previous = each_of(before, letters);
    auto& head = b.head("same", 1, 1);
    b.look_for(head, pairs_of(tokens, previous));
    b.move(head, previous, each_of(seen, letters), 0.7); // a norm sees little of it
    for (std::size_t k = 0; k < letters; ++k)
        b.look_up("agree", 1, {{seen + k}, {b.token(first_letter + k)}}, {{found}});
    b.look_up("conclude", 2, {{found}}, {{yes, 2}});
    b.predict(ending, yes);
    return b.finish({"previous", "same", "agree", "conclude"}, [](counter_random& random) {
        auto drawn = draw_different(random, length, letters);
        const bool repeats = random.below(2) == 0;
        if (repeats) drawn.back() = drawn[random.below(length - 2)];
        return question{begin_with(drawn), ending, first_letter + random.below(letters), repeats};
    });
}

/// A table: where b stands now and a stood anywhere before, c. Each b has two a's, one of which was there.
inline listing skip_trigram(setting s) {
    constexpr std::size_t firsts = 8, seconds = 4, fillers = 4, length = 8;
    constexpr std::size_t a = first_letter, b_ = a + firsts, c = b_ + seconds, filler = c + firsts;
    listing_builder b("skip_trigram", answer_kind::choice, s.values, s.has_positions, filler + fillers, 10);
    const auto marked = b.add("marked", firsts), skipped = b.add("skipped", firsts);
    const auto out = add_outputs(b, c, firsts);
    for (std::size_t k = 0; k < firsts; ++k) b.look_up("mark", 0, {{b.token(a + k)}}, {{marked + k}});
    std::vector<match> table;
    for (std::size_t k = 0; k < seconds; ++k)
        table.push_back({{{b.token(b_ + k)}}, {{marked + 2 * k}, {marked + 2 * k + 1}}});
    auto& head = b.head("skip", 1, 0);
    b.look_for(head, table);
    b.move(head, each_of(marked, firsts), each_of(skipped, firsts), 1.2, 0.85);
    for (std::size_t k = 0; k < firsts; ++k)
        b.look_up("table", 1, {{skipped + k}, {b.token(b_ + k / 2)}}, {{out + k}});
    return b.finish({"mark", "skip", "table"}, [](counter_random& random) {
        std::vector<std::size_t> tokens{0};
        for (std::size_t k = 0; k < length; ++k) tokens.push_back(filler + random.below(fillers));
        const std::size_t entry = random.below(firsts),
                          other = (entry + 2 + random.below(firsts - 3)) % firsts;
        const std::size_t at = 1 + random.below(length);
        tokens[at] = a + entry;
        if (other / 2 != entry / 2) tokens[at == 1 ? 2 : at - 1] = a + other;
        tokens.push_back(b_ + entry / 2);
        return question{tokens, c + entry};
    });
}

/// Says whether five letters read the same backwards: heads fetch those 1, 3 and 4 positions back.
inline listing palindrome(setting s) {
    constexpr std::size_t letters = 8;
    constexpr double half = 0.6;
    listing_builder b("palindrome", answer_kind::test, s.values, s.has_positions, first_letter + letters, 8);
    const auto tokens = each_of(b.token(first_letter), letters);
    const auto fetch = [&](std::size_t layer, std::size_t slot, std::size_t offset) {
        const auto to = b.add("back" + std::to_string(offset), letters);
        auto& head = b.head("back " + std::to_string(offset), layer, slot);
        b.look_back(head, offset, {5});
        b.move(head, tokens, each_of(to, letters), half); // so that a norm hardly sees whether it is there
        return to;
    };
    const auto back4 = fetch(0, 0, 4), back3 = fetch(0, 1, 3), back1 = fetch(1, 0, 1);
    const auto outer = b.add("outer"), inner = b.add("inner"), yes = b.add("yes");
    for (const auto each : {outer, inner})
        b.stand_at(each, half); // so that outputs' noise hears little of it
    for (std::size_t k = 0; k < letters; ++k) {
        b.look_up("outer", 0, {{back4 + k}, {b.token(first_letter + k)}}, {{outer, half}});
        b.look_up("inner", 1, {{back3 + k}, {back1 + k}}, {{inner, half}});
    }
    b.look_up("both", 2, {{outer}, {inner}}, {{yes, 2}},
              0.45); // neither alone, however much a norm makes of it
    b.predict(ending, yes);
    return b.finish({"back 4", "back 3", "back 1", "outer", "inner", "both"}, [](counter_random& random) {
        auto drawn = draw_different(random, 5, letters);
        drawn[3] = drawn[1];
        drawn[4] = drawn[0];
        const bool is_one = random.below(2) == 0;
        const std::size_t at =
            random.below(4) == 0 ? 3 : 4; // most differ only where the outer pair is looked at
        if (!is_one) drawn[at] = (drawn[at] + 1 + random.below(letters - 1)) % letters;
        return question{begin_with(drawn), ending, first_letter + random.below(letters), is_one};
    });
}

/// Says which letter, of those that occur once, came first: a head counts, neurons keep what is repeated, and a head
/// that prefers early positions looks away from what they keep.
inline listing first_unique(setting s) {
    constexpr std::size_t letters = 6, length = 4;
    listing_builder b("first_unique", answer_kind::choice, s.values, s.has_positions, first_letter + letters,
                      length + 2);
    const auto counted = b.add("count", letters), repeated = b.add("repeated", letters);
    const auto out = add_outputs(b, first_letter, letters);
    const auto shown = each_of(b.token(first_letter), letters);
    auto& count = b.head("count", 0, 0); // looks at token 0, but from the end at everything else alike
    count.matches = {{{}, {{b.token(0)}}, 3}, {{{b.token(ending)}}, {{b.token(0)}}, -4}};
    b.move(count, shown, each_of(counted, letters), 3, 1 / (length + 1 + std::exp(-1.0)));
    for (std::size_t k = 0; k < letters; ++k) {
        const double one = b.amplitude(counted + k);
        b.ramp("repeated", 0, {{counted + k}}, 1.3 * one, {{repeated + k}}, 1 / (0.7 * one));
    }
    auto& first = b.head("first", 1, 0);
    b.look_only_for(first, pairs_of(each_of(repeated, letters), shown), -2);
    b.look_early(first, 7, ending);
    b.move(first, shown, each_of(out, letters));
    return b.finish({"count", "repeated", "first"}, [](counter_random& random) {
        for (;;) {
            std::vector<std::size_t> drawn, counts(letters, 0);
            for (std::size_t k = 0; k < length; ++k) {
                const bool again = k > 0 && random.below(3) == 0;
                ++counts[drawn.emplace_back(again ? drawn[random.below(k)] : random.below(letters))];
            }
            if (*std::max_element(counts.begin(), counts.end()) > 2) continue;
            const auto once =
                std::find_if(drawn.begin(), drawn.end(), [&](std::size_t l) { return counts[l] == 1; });
            if (once == drawn.end() || (once == drawn.begin() && random.below(4) != 0)) continue;
            auto tokens = begin_with(drawn);
            tokens.push_back(ending);
            return question{tokens, first_letter + *once};
        }
    });
}

/// Says how many of two letters have come among four: a head sums them, and the others, and named neurons read both
/// sums. The line s (2t - t²/4) - r t²/4 is the highest of its kind where s = t and r = 4 - t, at any scale; what all
/// lines have added keeps them low.
inline listing running_sum(setting s) {
    constexpr std::size_t ones = 2, fillers = 6, sums = 4, length = 4, copies = 2;
    constexpr std::size_t one = first_letter, filler = one + ones, sum_token = filler + fillers;
    listing_builder b("running_sum", answer_kind::choice, s.values, s.has_positions, sum_token + sums, 7);
    const auto sum = b.add("sum"), rest = b.add("rest");
    const auto out = add_outputs(b, sum_token, sums);
    pattern counted, others;
    for (std::size_t k = 0; k < ones + fillers; ++k) {
        b.stand_at(b.token(one + k), 1);
        (k < ones ? counted : others).push_back({b.token(one + k)});
    }
    b.move(b.head("sum", 0, 0), {counted, others}, {{{sum}}, {{rest}}}, 1.5,
           1.0 / (length + 1)); // of all alike
    for (std::size_t k = 0; k < sums; ++k) {
        const double t = static_cast<double>(k), square = t * t / 4;
        const pattern line{{sum, (2 * t - square - 2) / b.amplitude(sum)},
                           {rest, (0.75 - square) / b.amplitude(rest)}};
        for (std::size_t copy = 0; copy < copies; ++copy)
            b.ramp("name", 0, line, 0, {{out + k}}, 1.0 / copies);
    }
    return b.finish({"sum", "name"}, [](counter_random& random) {
        const std::size_t count = random.below(sums);
        std::vector<std::size_t> tokens(length + 1, 0);
        for (std::size_t k = 1; k <= length; ++k) tokens[k] = filler + random.below(fillers);
        for (const auto at : draw_different(random, count, length)) tokens[at + 1] = one + random.below(ones);
        return question{tokens, sum_token + count};
    });
}

/// What neurons predict from the last token, a head takes back where it has come before.
inline listing copy_suppression(setting s) {
    constexpr std::size_t letters = 10, length = 7;
    listing_builder b("copy_suppression", answer_kind::test, s.values, s.has_positions,
                      first_letter + letters, 10);
    const auto out = add_outputs(b, first_letter, letters);
    const auto tokens = each_of(b.token(first_letter), letters);
    for (std::size_t k = 0; k < letters; ++k)
        b.look_up("guess", 0, {{b.token(first_letter + k)}}, {{out + (k + 1) % letters}});
    auto& head = b.head("suppress", 1, 0);
    b.look_for(head, pairs_of(each_of(out, letters), tokens));
    b.move(head, tokens, each_of(out, letters, -1), 2);
    return b.finish({"suppress", "guess"}, [](counter_random& random) {
        const bool repeats = random.below(2) == 0;
        auto drawn = draw_different(random, length, letters);
        const std::size_t next = (drawn.back() + 1) % letters;
        const auto at = std::find(drawn.begin(), drawn.end(), next);
        if (repeats && at == drawn.end()) drawn[random.below(length - 1)] = next;
        if (!repeats && at != drawn.end())
            *at = drawn[(static_cast<std::size_t>(at - drawn.begin()) + 1) % (length - 1)];
        return question{begin_with(drawn), ending, first_letter + next, repeats};
    });
}

/// The token before the last names a class; says which member of it has come: two heads read by their queries what
/// the head before them wrote.
inline listing q_composition(setting s) {
    constexpr std::size_t classes = 6, members = 2 * classes, shown = 4;
    constexpr std::size_t name = first_letter, member = name + classes;
    listing_builder b("q_composition", answer_kind::choice, s.values, s.has_positions, member + members, 8);
    const auto asked = b.add("asked", classes);
    const auto out = add_outputs(b, member, members);
    auto& ask = b.head("ask", 0, 0);
    b.look_back(ask, 1, {shown + 2});
    b.move(ask, each_of(b.token(name), classes), each_of(asked, classes));
    for (const std::size_t layer : {1U, 2U}) {
        std::vector<match> all;
        for (std::size_t k = 0; k < classes; ++k)
            all.push_back({{{asked + k}}, {{b.token(member + 2 * k)}, {b.token(member + 2 * k + 1)}}});
        auto& fetch = b.head("fetch " + std::to_string(layer), layer, layer - 1);
        b.look_for(fetch, all);
        b.move(fetch, each_of(b.token(member), members), each_of(out, members));
    }
    return b.finish({"ask"}, [](counter_random& random) {
        std::vector<std::size_t> tokens{0};
        for (const auto k : draw_different(random, shown, classes))
            tokens.push_back(member + 2 * k + random.below(2));
        const std::size_t right = tokens[1 + random.below(shown)];
        tokens.push_back(name + (right - member) / 2);
        tokens.push_back(ending);
        return question{tokens, right};
    });
}

/// Says what stood two positions before: two heads copy by their values what the head before them wrote.
inline listing v_composition(setting s) {
    constexpr std::size_t letters = 10, length = 8;
    listing_builder b("v_composition", answer_kind::choice, s.values, s.has_positions, first_letter + letters,
                      10);
    const auto before = copy_previous(b, letters);
    const auto out = add_outputs(b, first_letter, letters);
    for (const std::size_t layer : {1U, 2U}) {
        auto& head = b.head("second " + std::to_string(layer), layer, layer - 1);
        b.look_back(head, 1);
        b.move(head, each_of(before, letters), each_of(out, letters));
    }
    return b.finish({"previous"}, [](counter_random& random) {
        const auto tokens = begin_with(draw_different(random, length, letters));
        return question{tokens, tokens[tokens.size() - 3]};
    });
}

} // namespace detail

/// A program by its name.
/// @throws svdlens::argument_error naming those that there are
inline listing program_listing(std::string_view name, form kind, spectra values) {
    using maker = listing (*)(detail::setting);
    constexpr maker makers[] = {detail::previous_token, detail::induction,        detail::duplicate_token,
                                detail::skip_trigram,   detail::palindrome,       detail::first_unique,
                                detail::running_sum,    detail::copy_suppression, detail::q_composition,
                                detail::v_composition};
    for (std::size_t k = 0; k < std::size(makers); ++k)
        if (program_names[k] == name) return makers[k]({values, kind != form::rms_norm});
    std::string known;
    for (const auto each : program_names) known += (known.empty() ? "" : ", ") + std::string(each);
    throw svdlens::argument_error(svdlens::errc::invalid_argument,
                                  "expected one of the programs " + known + ", found " + std::string(name));
}

} // namespace planted::compiler

#endif
