/// @file
/// The bodies of significance/findings.hpp.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_BODIES_FINDINGS_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_BODIES_FINDINGS_HPP

#include <string>

#include "../../../core/detail/body.hpp"
#include "../../../core/text.hpp"
#include "../../findings.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

SVDLENS_BODY std::string control_text(const findings& found) {
    const auto& control = *found.control;
    std::string text = "control: " + to_text(control.hits) + " of " + to_text(control.rows);
    if (control.rows < control.of_rows) text += " (of " + to_text(control.of_rows) + ")";
    text += " rows that nothing computes are as improbable";
    if (!found.empty())
        text += ": decoy rate " + to_rounded_text(control.decoy_rate, 2) + " +- " +
                to_rounded_text(control.standard_error, 2);
    if (found.doubtful())
        text += "; WARNING: above twice the rate asked for, do not take these findings for facts";
    return text + "\n";
}

} // namespace detail

SVDLENS_BODY std::string summary_text(const findings& found) {
    std::string text = found.rows.axes().title();
    text += (text.empty() ? "" : ": ") + to_text(found.size()) + " of " + to_text(found.tested) +
            " rows found at q = " + to_rounded_text(found.q, 3);
    if (found.family_rows != found.tested) text += " in a family of " + to_text(found.family_rows) + " rows";
    if (found.nans != 0) text += "; " + to_text(found.nans) + " rows without a number";
    text += "\n";
    return found.control ? text + detail::control_text(found) : text;
}

} // namespace svdlens::inline v0_2

#endif
