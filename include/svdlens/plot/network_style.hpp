/// @file
/// The style sheet of circuit graphs.
#ifndef SVDLENS_PLOT_NETWORK_STYLE_HPP
#define SVDLENS_PLOT_NETWORK_STYLE_HPP

#include <string_view>

namespace svdlens::inline v0::plot::detail {

/// Beside the style sheet of pages, whose colours it takes.
inline constexpr std::string_view network_style = R"css(
.network { font-size: .88rem; }
.network:not([data-state="failed"]) { min-height: 48rem; } /* a place before it is drawn */
.network button, .network input, .network select { font: inherit; }
.network-tools { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .8rem; margin: .5rem 0; }
.network-tools label { display: flex; align-items: center; gap: .4rem; }
.network-tools button { cursor: pointer; }
.network-search { display: flex; align-items: center; gap: .4rem; }
.network-found { color: var(--muted); }
.network-stage { position: relative; overflow: hidden; border: 1px solid var(--line); border-radius: 4px; }
.network-canvas { position: relative; height: clamp(26rem, 66vh, 60rem); }
.network-canvas .vis-network:focus-visible { outline: 2px solid var(--link); outline-offset: -2px; }
.network-columns { position: relative; height: 2.1rem; border-bottom: 1px solid var(--grid); }
.network-columns span { position: absolute; bottom: .15rem; transform: translateX(-50%); padding: 0 .2rem; text-align: center;
  line-height: 1.15; max-height: 2.3em; font-size: .78rem; color: var(--muted); overflow: hidden; text-overflow: ellipsis; pointer-events: none; }
.network-status { color: var(--muted); font-size: .8rem; margin: .3rem 0 0; }
.network-tooltip, .network-details { position: absolute; background: var(--plate); border: 1px solid var(--line);
  border-radius: 4px; padding: .5rem .7rem; box-shadow: 0 2px 10px rgba(0, 0, 0, .25); overflow-wrap: anywhere; }
.network-tooltip[hidden], .network-details[hidden] { display: none; }
.network-tooltip { z-index: 2; max-width: min(24rem, 45%); max-height: 70%; overflow: hidden; pointer-events: none; }
.network-details { z-index: 1; top: .5rem; right: .5rem; width: min(23rem, 45%); max-height: calc(100% - 1rem); overflow-y: auto; }
.network-stage summary { margin-top: .4rem; color: var(--muted); font-weight: 600; cursor: pointer; }
.network-tooltip summary { list-style: none; }
.network h4.network-name { margin: 0; font-size: .95rem; color: var(--text); max-height: 9em; overflow: hidden; }
.network-details h4.network-name { margin-right: 1.6rem; overflow-y: auto; }
.network-stage p { margin: .1rem 0; }
.network-stage ul { margin: 0; padding: 0; list-style: none; }
.network-stage small, .network-more { color: var(--muted); }
.network-tooltip bdi { display: inline-block; max-width: 100%; max-height: 6em; overflow: hidden; vertical-align: top; }
.network-score { border-left: .3rem solid; padding-left: .35rem; font-variant-numeric: tabular-nums; }
.network-link { padding: 0; border: 0; background: none; color: var(--link); cursor: pointer; text-align: start;
  overflow-wrap: anywhere; }
.network-link:hover { text-decoration: underline; }
.network-close { float: right; padding: 0 .4rem; cursor: pointer; }
.network-legend { display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; max-width: none; margin: .6rem 0; }
.network-line { display: inline-block; width: 2rem; vertical-align: middle; }
.network-chips { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem; margin: .4rem 0; max-height: 7.5rem;
  overflow-y: auto; }
.network-chip { padding: .05rem .55rem; border: 1px solid var(--line); border-radius: 1rem; background: none; color: inherit;
  cursor: pointer; }
.network-chip[aria-pressed="true"] { border-color: var(--link); box-shadow: inset 0 0 0 1px var(--link); }
.network-chip small { color: var(--muted); }
)css";

} // namespace svdlens::inline v0::plot::detail

#endif
