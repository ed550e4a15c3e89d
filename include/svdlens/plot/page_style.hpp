/// @file
/// The style sheet of pages.
#ifndef SVDLENS_PLOT_PAGE_STYLE_HPP
#define SVDLENS_PLOT_PAGE_STYLE_HPP

#include <string_view>

namespace svdlens::inline v0::plot::detail {

/// Light or dark as the reader's system is, or as the button says.
inline constexpr std::string_view page_style = R"css(
:root { color-scheme: light dark; --text: #1b1f24; --muted: #57606a; --ground: #ffffff; --plate: #ffffff;
  --line: #d0d7de; --grid: #e7eaee; --link: #0059a8; --failure: #a40e26; }
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; --text: #e6e9ee; --muted: #9ba5b1; --ground: #12161c; --plate: #171c23;
  --line: #333b46; --grid: #2a313b; --link: #6cb6ff; --failure: #ff8f8f; }
@media (prefers-color-scheme: dark) {
  :root:not([data-theme]) { --text: #e6e9ee; --muted: #9ba5b1; --ground: #12161c; --plate: #171c23;
    --line: #333b46; --grid: #2a313b; --link: #6cb6ff; --failure: #ff8f8f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.2rem 1.6rem 3rem; max-width: 110rem; background: var(--ground); color: var(--text);
  font: 16px/1.5 system-ui, "Noto Sans", "Liberation Sans", sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; margin: 2.4rem 0 .4rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .3rem 0; max-width: 60rem; }
a { color: var(--link); }
nav ol { margin: .8rem 0; padding-left: 1.4rem; columns: 18rem; }
header button { float: right; font: inherit; font-size: .85rem; padding: .2rem .7rem; cursor: pointer; }
figure { margin: 1.1rem 0; padding: .8rem 1rem; background: var(--plate); border: 1px solid var(--line); border-radius: 6px;
  overflow-x: auto; }
.table { overflow: auto; max-height: 40rem; margin-top: .5rem; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .18rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--grid); }
th:first-child { text-align: left; font-weight: 600; max-width: 24rem; overflow: hidden; text-overflow: ellipsis; }
.words { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 6rem; max-width: 60rem; }
thead th { position: sticky; top: 0; background: var(--plate); border-bottom: 1px solid var(--line); }
.note, .provenance, footer { color: var(--muted); font-size: .88rem; overflow-wrap: anywhere; white-space: pre-line;
  max-width: none; }
.failure { color: var(--failure); }
)css";

} // namespace svdlens::inline v0::plot::detail

#endif
