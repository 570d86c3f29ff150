"""The report's style sheet. Text has a contrast of at least 4.5 to 1, each controller's colour at least 3 to 1.

The controllers' colours were chosen so that they stay apart for people with any of the three kinds of colour blindness.
"""

LIGHT = """
  --ground: #f3f5f4; --card: #ffffff; --ink: #16211c; --soft: #53615a; --line: #dfe5e1; --accent: #0b6e4f; --tint: #e3f2ec;
  --warn: #fff4dc; --warn-ink: #6b4300; --warn-line: #eeb94d; --price: #53615a;
  --uncontrolled: #a72b0c; --self-consumption: #d68100; --rules: #7b2d8b; --hems: #0e6861; --hems-perfect: #3c99ef;
  --bound: #16211c;
"""
DARK = """
  --ground: #0f1513; --card: #18211e; --ink: #e8efeb; --soft: #a3b3ab; --line: #2f3d37; --accent: #4cc79b; --tint: #173429;
  --warn: #382a0c; --warn-ink: #ffd98a; --warn-line: #8a6512; --price: #a3b3ab;
  --uncontrolled: #d26d1d; --self-consumption: #ffca1b; --rules: #be64f8; --hems: #0dba87; --hems-perfect: #9da8d2;
  --bound: #ffffff;
"""
_RULES = """
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink); font-variant-numeric: tabular-nums;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
}
header, main { max-width: 1200px; margin-inline: auto; padding-inline: 24px; }
header { padding-block: 28px 16px; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.08rem; margin: 0 0 10px; }
h3 { font-size: .95rem; margin: 18px 0 4px; }
p { margin: 0 0 8px; }
.about { color: var(--soft); font-size: .92rem; margin: 4px 0 0; overflow-wrap: anywhere; }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 16px; padding: 18px 20px; margin-bottom: 20px; min-width: 0; }
.lead { background: var(--tint); border-color: transparent; font-size: 1.3rem; line-height: 1.4; font-weight: 600; }
.lead p { margin: 0; }
.warn { background: var(--warn); color: var(--warn-ink); border-color: var(--warn-line); }
ul { margin: 0; padding-left: 20px; overflow-wrap: anywhere; }
.quiet { color: var(--soft); font-size: .87rem; margin: 8px 0 0; }
.warn .quiet { color: inherit; }
.scroll { overflow-x: auto; max-width: 100%; }
.tall { max-height: 60vh; overflow-y: auto; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
.skip { position: absolute; left: -999px; color: var(--accent); }
.skip:focus { left: 12px; top: 12px; background: var(--card); padding: 8px 12px; z-index: 9; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; color: var(--soft); font-size: .87rem; padding-bottom: 8px; }
th, td { padding: 7px 8px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
thead th { color: var(--soft); font-size: .82rem; font-weight: 600; vertical-align: bottom; white-space: normal; background: var(--card); }
.tall thead th { position: sticky; top: 0; }
th:first-child, .words th, .words td { text-align: left; }
.words td { white-space: normal; min-width: 90px; }
tbody th { font-weight: 500; }
tr.hems th, tr.hems td { background: var(--tint); font-weight: 650; }
.key { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 9px; vertical-align: -1px; }
.plot { width: 100%; }
details { margin-top: 10px; }
summary { cursor: pointer; font-weight: 600; min-height: 28px; }
@media (max-width: 640px) {
  header, main { padding-inline: 12px; }
  .panel { padding: 14px 12px; }
  .lead { font-size: 1.1rem; }
}
@media print { .panel { break-inside: avoid; } .tall { max-height: none; } }
"""
STYLE = f":root {{{LIGHT}}}\n@media (prefers-color-scheme: dark) {{ :root {{{DARK}}} }}{_RULES}"
