/** The report's only style sheet: light and dark by the reader's setting, colours that colour-blind readers tell apart, printable. */
export const style = `
:root { color-scheme: light dark; --back: #ffffff; --panel: #f5f6f8; --line: #dfe2e7; --text: #1c2026; --soft: #5c6470;
  --a: #8a93a1; --b: #0072b2; --bad: #d55e00; --poor: #c98500; --fair: #3d94cc; --good: #0a5f96; --warn-back: #fff4e5; --warn-line: #d98200; }
@media (prefers-color-scheme: dark) { :root { --back: #17191d; --panel: #20242a; --line: #353b44; --text: #e6e8eb; --soft: #a0a8b4;
  --a: #8d96a5; --b: #56b4e9; --bad: #ff8b47; --poor: #e6b13c; --fair: #6ab7e8; --good: #3f9ad3; --warn-back: #33270f; --warn-line: #d98200; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 40px 0 12px; }
p { margin: 8px 0; max-width: 80ch; }
.soft { color: var(--soft); }
.small { font-size: 13px; }
code, pre, .name { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: 13px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(205px, 1fr)); gap: 12px; margin: 24px 0; }
.tile { margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; }
.tile dt { color: var(--soft); font-size: 13px; }
.tile dd { margin: 2px 0 0; font-size: 22px; line-height: 1.3; font-variant-numeric: tabular-nums; font-weight: 600; }
.tile .then { color: var(--soft); font-weight: 400; }
.tile .small { font-size: 13px; font-weight: 400; color: var(--soft); margin-top: 2px; }
.note { border-left: 4px solid var(--warn-line); background: var(--warn-back); padding: 8px 14px; margin: 10px 0; border-radius: 0 6px 6px 0; max-width: none; overflow-wrap: anywhere; }
.met { border-left-color: var(--good); background: var(--panel); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
.scroll + .scroll { margin-top: 12px; }
.scroll:focus-visible { outline: 2px solid var(--b); }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: middle; }
tr:last-child td { border-bottom: 0; }
th { font-size: 12px; font-weight: 600; color: var(--soft); background: var(--panel); white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.name { min-width: 180px; overflow-wrap: anywhere; }
td.range { white-space: nowrap; }
td.range .notes { white-space: normal; min-width: 150px; }
tr.kept td { font-weight: 600; }
td.wide { overflow-wrap: anywhere; min-width: 150px; }
td.number .small { white-space: normal; }
tr.float td.name::after { content: "float"; font: 11px system-ui, sans-serif; color: var(--soft); border: 1px solid var(--line); border-radius: 9px; padding: 0 7px; margin-left: 8px; }
svg { display: block; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
.bar { display: grid; grid-template-columns: 64px auto; gap: 8px; align-items: center; justify-content: end; }
.track { height: 8px; background: var(--line); border-radius: 4px; overflow: hidden; }
.track span { display: block; height: 100%; background: var(--a); }
.bad { --level: var(--bad); } .poor { --level: var(--poor); } .fair { --level: var(--fair); } .good { --level: var(--good); }
.track span.level { background: var(--level); }
rect.level { fill: var(--level); }
rect.none { fill: var(--line); }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--soft); margin: 8px 0; }
.key i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; background: var(--level, var(--a)); }
.a-line { fill: none; stroke: var(--a); stroke-width: 1.2; } .b-fill { fill: var(--b); opacity: .55; }
.grid { stroke: var(--line); stroke-width: 1; }
.point { fill: var(--b); } .point.before { fill: var(--a); } .front { fill: none; stroke: var(--b); stroke-dasharray: 4 3; } .whisker, .axis { stroke: var(--soft); stroke-width: 1; }
text.band { font-weight: 600; } text.best-text { fill: var(--text); }
.curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .curve.measured { stroke-width: 1; opacity: .35; }
.curve.loss { stroke: var(--b); } .curve.validation { stroke: var(--bad); } .curve.rate { stroke: var(--soft); }
.run-0 { --own: var(--b); } .run-1 { --own: var(--bad); } .run-2 { --own: var(--good); } .run-3 { --own: var(--poor); } .run-4 { --own: var(--fair); } .run-5 { --own: var(--soft); }
.curve[class*="run-"] { stroke: var(--own); } .kept[class*="run-"] { fill: var(--own); stroke: var(--back); }
.mark { fill: var(--bad); stroke: var(--back); } .mark.kept { stroke: var(--text); stroke-width: 1.5; } .best { stroke: var(--text); stroke-dasharray: 4 3; }
.rounds { --own: var(--b); } .rounds.cut { --own: var(--soft); } .rounds.macs { --own: var(--bad); } .rounds.parameters { --own: var(--good); } .rounds.bytes { --own: var(--poor); } .rounds.time { --own: var(--b); }
polyline.rounds { fill: none; stroke: var(--own); stroke-width: 1.8; } polyline.rounds.cut { stroke-dasharray: 4 3; }
circle.rounds { fill: var(--own); stroke: var(--back); } circle.rounds.cut { fill: var(--back); stroke: var(--own); stroke-width: 1.5; }
details { border: 1px solid var(--line); border-radius: 8px; margin: 10px 0; }
summary { cursor: pointer; padding: 10px 14px; font-weight: 600; }
details > :not(summary) { margin: 0 14px 14px; }
pre { overflow: auto; background: var(--panel); border-radius: 6px; padding: 12px; line-height: 1.45; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0; }
dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
ol, ul { padding-left: 22px; margin: 8px 0; } li { margin: 4px 0; overflow-wrap: anywhere; }
@media print { main { max-width: none; padding: 0; } .scroll { overflow: visible; border: 0; } details[open] summary { display: none; } tr { break-inside: avoid; } }
`;
