/// @file
/// The style of a report's first screen and of its heads.
#ifndef SVDLENS_REPORT_DETAIL_ANSWER_STYLE_HPP
#define SVDLENS_REPORT_DETAIL_ANSWER_STYLE_HPP

#include <string_view>

#include "../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2::detail {

/// Beside the style sheet of pages, whose colours it takes.
inline constexpr std::string_view answer_style = R"css(
#found h2 { position: absolute; clip-path: inset(50%); margin: 0; } /* for who hears it: the verdict is what is seen */
#found figure { margin: 0; padding: 0; border: 0; background: none; overflow: visible; }
.verdict { max-width: none; margin: .2rem 0 .6rem; padding: .5rem .9rem; border-left: .35rem solid var(--link); background: var(--plate);
  box-shadow: 0 0 0 1px var(--line); border-radius: 4px; }
.verdict strong { font-size: 1.15rem; }
.verdict.doubtful { border-color: var(--failure); }
.answers { display: grid; grid-template-columns: minmax(0, 6fr) minmax(0, 6fr); gap: .7rem 1.2rem; font-size: .82rem; line-height: 1.35; }
.answers h3 { font-size: .95rem; margin: 0 0 .25rem; }
.answers ol + h3, .answers ul + h3 { margin-top: .5rem; }
.answers > div { min-width: 0; }
.answers table { width: 100%; font-size: .82rem; }
.answers th, .answers td { padding: .1rem .35rem; }
.answers th:first-child { max-width: 9rem; }
.answers .words { min-width: 0; max-width: 7.4rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.answers .roles { max-width: 9.5rem; white-space: normal; line-height: 1.15; text-align: left; }
.answers ol { margin: 0; padding-left: 1.5rem; }
.answers ul { margin: 0; padding-left: 1.1rem; }
.answers .note { font-size: .8rem; line-height: 1.3; margin: .2rem 0 0; }
.answers li { margin: .08rem 0; overflow-wrap: anywhere; }
.answers small, .cards small { color: var(--muted); font-size: inherit; }
.answers code { font-size: .95em; overflow-wrap: anywhere; }
.answers .wide { grid-column: 1 / -1; display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .7rem 1.2rem; }
.families th, .families td { padding: 0 .3rem; line-height: 1.25; }
.families th:first-child { min-width: 8.8rem; max-width: none; overflow-wrap: anywhere; white-space: normal; }
.kinds > li { list-style: none; margin-left: -1.1rem; }
.dot { display: inline-block; width: .65rem; height: .65rem; border-radius: 50%; margin-right: .3rem; }
.spark { vertical-align: middle; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); gap: .8rem; font-size: .85rem; line-height: 1.4; }
.card { border: 1px solid var(--line); border-top: .25rem solid var(--hue); border-radius: 4px; padding: .4rem .7rem .6rem; min-width: 0; }
.card > summary { cursor: pointer; overflow-wrap: anywhere; }
.card > summary strong { font-size: 1.05rem; }
.card h3 { margin: .45rem 0 .05rem; font-size: .85rem; color: var(--muted); }
.card ul { margin: 0; padding-left: 1.1rem; }
.card li { overflow-wrap: anywhere; }
.silent { margin-top: .8rem; }
.silent > summary { cursor: pointer; margin-bottom: .8rem; }
.card .spark { display: block; margin-top: .3rem; max-width: 100%; }
@media (max-width: 60rem) { .answers, .answers .wide { grid-template-columns: minmax(0, 1fr); }
  .answers .optional { display: none; } }
.narrow { display: none; font-weight: 400; white-space: normal; }
@media (max-width: 60rem) { .narrow { display: block; } }
@media (max-width: 30rem) { .answers th, .answers td { padding: .1rem .18rem; } .answers .words { min-width: 0; max-width: 4.6rem; }
  .answers thead .words { white-space: normal; }
  .families th:first-child { min-width: 0; } }
@media print { .answers .wide { grid-template-columns: minmax(0, 1fr); } }
)css";

} // namespace svdlens::inline v0_2::detail

#endif
