"""The style sheet of the report page: calm, light and dark, two columns that become one on a narrow screen."""

from __future__ import annotations

CSS = """
:root { color-scheme: light dark;
  --ground: #f6f7f9; --paper: #ffffff; --ink: #1c2430; --quiet: #5d6978; --line: #dfe4ea; --link: #1f5fbf;
  --good: #1a7f4b; --look: #9a6200; --stop: #c0322b; --good-wash: #e7f5ec; --look-wash: #fdf3dd; --stop-wash: #fdebe9;
  --add: #e8f6ec; --add-mark: #b4e2c1; --del: #fdeeec; --del-mark: #f6c3bd; --code: #f0f2f5;
  --key: #1d4f91; --text: #7a4a00; --value: #7b2d8b; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #11151b; --paper: #181d25; --ink: #dce2ea; --quiet: #93a0b0; --line: #2b323d; --link: #7db0ff;
  --good: #5fce93; --look: #e6b45c; --stop: #ff8a80; --good-wash: #14291e; --look-wash: #2c2414; --stop-wash: #321a1a;
  --add: #14281d; --add-mark: #1f5a37; --del: #2f1b1c; --del-mark: #73302e; --code: #222933;
  --key: #8fbcf5; --text: #d9b77e; --value: #d3a4e3; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto,
  "Helvetica Neue", sans-serif; overflow-wrap: anywhere; }
main, footer { max-width: 1280px; margin: 0 auto; padding: 0 20px; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code, pre, .diff { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono",
  monospace; font-size: 12.5px; }
code { background: var(--code); border-radius: 4px; padding: 1px 5px; }
pre { background: var(--code); border-radius: 6px; padding: 10px 12px; margin: 10px 0; white-space: pre-wrap; }
h2 { font-size: 16px; margin: 34px 0 10px; } h2 small { color: var(--quiet); font-weight: normal; }
.verdict { background: var(--paper); border: 1px solid var(--line); border-left: 6px solid var(--good);
  border-radius: 10px; padding: 18px 22px; margin: 24px 0 8px; }
.verdict.failed { border-left-color: var(--stop); } .verdict.error { border-left-color: var(--look); }
.verdict h1 { font-size: 21px; line-height: 1.35; margin: 0 0 6px; } .verdict p { margin: 0; }
.verdict .facts { color: var(--quiet); font-size: 13px; margin-top: 8px; }
.sheet { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--paper);
  border: 1px solid var(--line); border-radius: 10px; overflow: hidden; font-size: 14px; }
.sheet th { text-align: left; font-weight: 600; color: var(--quiet); font-size: 12.5px; }
.sheet th, .sheet td { padding: 7px 14px; border-top: 1px solid var(--line); vertical-align: top; }
.sheet tr:first-child th { border-top: 0; }
.sheet tr.environment td { background: var(--code); font-weight: 600; }
.sheet tr.unit td:first-child { padding-left: 28px; }
.sheet td:nth-child(n+2):nth-child(-n+4) { overflow-wrap: normal; }
.sheet td.quiet, .quiet { color: var(--quiet); font-weight: normal; }
ul.concerns { list-style: none; margin: 0; padding: 0; }
ul.concerns li { background: var(--paper); border: 1px solid var(--line); border-left: 4px solid var(--look);
  border-radius: 8px; padding: 9px 14px; margin: 7px 0; }
ul.concerns.stop li { border-left-color: var(--stop); } ul.concerns li.note { border-left-color: var(--line); }
ul.plain { margin: 6px 0; padding-left: 22px; }
.badge { display: inline-block; border-radius: 20px; padding: 0 9px; font-size: 12px; line-height: 20px;
  background: var(--code); color: var(--quiet); white-space: nowrap;
  max-width: 100%; overflow: hidden; text-overflow: ellipsis; vertical-align: bottom; }
.badge.added, .badge.fixed { background: var(--good-wash); color: var(--good); }
.badge.removed, .badge.unrenderable, .badge.danger { background: var(--look-wash); color: var(--look);
  white-space: normal; }
.badge.broken { background: var(--stop-wash); color: var(--stop); }
.plus { color: var(--good); } .minus { color: var(--stop); }
details.unit { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; margin: 10px 0; }
summary { cursor: pointer; }
details.unit > summary { padding: 10px 16px; } details.unit > summary code { background: none; padding: 0;
  font-size: 13.5px; font-weight: 600; }
details.unit[open] > summary { border-bottom: 1px solid var(--line); }
.inside { padding: 4px 16px 12px; } .anchor { scroll-margin-top: 64px; }
details.object { border: 1px solid var(--line); border-radius: 8px; margin: 10px 0; overflow: hidden;
  content-visibility: auto; contain-intrinsic-size: auto 200px; }
details.object > summary, .object-line { padding: 7px 12px; font-size: 14px; }
.object-line { border: 1px solid var(--line); border-radius: 8px; margin: 10px 0; }
.aside { color: var(--quiet); font-size: 13px; padding: 0 12px 6px; margin: 0; }
.diff { width: 100%; table-layout: fixed; border-collapse: collapse; line-height: 1.45;
  border-top: 1px solid var(--line); }
.diff col.n { width: 46px; } .diff.bare col.n { width: 6px; }
.diff td { padding: 0 8px; vertical-align: top; white-space: pre-wrap; }
.diff td.n { color: var(--quiet); text-align: right; padding: 0 8px 0 0; font-size: 11px; user-select: none; }
.diff td.o { border-right: 1px solid var(--line); }
.diff td.d { background: var(--del); } .diff td.a { background: var(--add); }
.diff td.e { background: var(--ground); }
.diff tr.g td { background: var(--ground); color: var(--quiet); padding: 0 12px; line-height: 20px;
  font-size: 11.5px; }
.diff .k { color: var(--key); } .diff .t { color: var(--text); } .diff .v { color: var(--value); }
.diff .c { color: var(--quiet); }
del, ins { text-decoration: none; border-radius: 3px; } del { background: var(--del-mark); }
ins { background: var(--add-mark); }
footer { color: var(--quiet); font-size: 13px; padding-top: 26px; padding-bottom: 40px; }
@media (max-width: 820px) {
  main, footer { padding: 0 12px; } .verdict { padding: 14px 16px; } .verdict h1 { font-size: 18px; }
  .sheet, .sheet tbody { display: block; } .sheet tr { display: block; padding: 7px 12px;
    border-top: 1px solid var(--line); }
  .sheet tr.heads { display: none; } .sheet td { display: inline; padding: 0 10px 0 0; border: 0; }
  .sheet tr.environment { background: var(--code); }
  .sheet tr.unit td:first-child, .sheet tr.environment td:first-child { display: block; padding: 0; }
  .sheet tr.environment td { font-weight: normal; } .sheet tr.environment td:first-child { font-weight: 600; }
  .sheet td:empty { display: none; }
  .sheet tr.environment td:nth-child(3):not(:empty)::before { content: "objects: "; }
  .inside { padding: 4px 8px 10px; }
  .diff, .diff tbody { display: block; } .diff colgroup { display: none; }
  .diff tr { display: grid; grid-template-columns: 38px 1fr; }
  .diff.bare tr { grid-template-columns: 6px 1fr; } .diff td.o { border-right: 0; }
  .diff tr.s td.l, .diff td.e, .diff td.n.e { display: none; }
  .diff tr.g { display: block; } .diff tr.g td { display: block; }
}
@media print { details.object { content-visibility: visible; } body { background: none; } }
"""
