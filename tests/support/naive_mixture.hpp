/// @file
/// Which experts a token goes to and by what weight, as models with mixtures of experts define it.
#ifndef SVDLENS_TESTS_SUPPORT_NAIVE_MIXTURE_HPP
#define SVDLENS_TESTS_SUPPORT_NAIVE_MIXTURE_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <numeric>
#include <string>
#include <vector>

namespace svdlens_tests {

/// What a model does with a router's logits: no weight of a file tells it.
struct routing {
    bool sigmoid = false;                              ///< of each logit; else a softmax of all
    std::size_t top = 1;                               ///< experts a token
    bool normalised = true;                            ///< the weights of those that are chosen sum to 1
    double factor = 1;                                 ///< times the weights
    std::size_t groups = 0;                            ///< of experts, by the sum of whose two best scores...
    std::size_t kept = 0;                              ///< ... so many are kept
    bool scales_input = false;                         ///< a weight scales what an expert reads
    bool oss = false;                                  ///< GPT-OSS' way of gating
    std::vector<std::vector<double>> corrections = {}; ///< a layer: of the scores by which experts are chosen
};

inline routing routing_of(const std::map<std::string, std::string>& told) {
    const auto number = [&](const char* key) { return told.count(key) != 0 ? std::stod(told.at(key)) : 0.0; };
    routing result;
    result.sigmoid = told.at("routing") == "sigmoid";
    result.top = static_cast<std::size_t>(number("top"));
    result.normalised = number("normalised") != 0;
    result.factor = number("factor");
    result.groups = static_cast<std::size_t>(number("groups"));
    result.kept = static_cast<std::size_t>(number("kept"));
    result.scales_input = number("scales_input") != 0;
    result.oss = told.count("glu") != 0;
    return result;
}

/// The numbers of the largest, the first of equals first.
inline std::vector<std::size_t> largest(const std::vector<double>& scores, std::size_t count) {
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    order.resize(count);
    return order;
}

/// The weight of each expert; 0 for those that the token does not go to.
inline std::vector<double> route(const routing& rule, const std::vector<double>& logits, std::size_t layer) {
    std::vector<double> scores = logits;
    const double highest = *std::max_element(logits.begin(), logits.end());
    double total = 0;
    for (double& each : scores)
        total += each = rule.sigmoid ? 1 / (1 + std::exp(-each)) : std::exp(each - highest);
    if (!rule.sigmoid)
        for (double& each : scores) each /= total;
    std::vector<double> choice = scores;
    if (!rule.corrections.empty())
        for (std::size_t e = 0; e < choice.size(); ++e) choice[e] += rule.corrections[layer][e];
    if (rule.groups != 0) {
        const std::size_t size = choice.size() / rule.groups;
        std::vector<double> best;
        for (std::size_t g = 0; g < rule.groups; ++g) {
            const std::vector<double> of(choice.begin() + static_cast<std::ptrdiff_t>(g * size),
                                         choice.begin() + static_cast<std::ptrdiff_t>((g + 1) * size));
            best.push_back(0);
            for (const std::size_t e : largest(of, 2)) best.back() += of[e];
        }
        const auto kept = largest(best, rule.kept);
        for (std::size_t e = 0; e < choice.size(); ++e)
            if (std::find(kept.begin(), kept.end(), e / size) == kept.end()) choice[e] = 0;
    }
    std::vector<double> weights(scores.size());
    double sum = 0;
    for (const std::size_t e : largest(choice, rule.top)) sum += weights[e] = scores[e];
    for (double& each : weights) each *= rule.factor / (rule.normalised ? sum : 1);
    return weights;
}

} // namespace svdlens_tests

#endif
