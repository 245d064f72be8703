"""Style: the look of a card's page, light and dark, from a phone to a wide screen, with nothing fetched."""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#5b6470;--rule:#d7dce2;--blue:#0b62c4;--orange:#b35300;
--good:#0a6b34;--bad:#b3261e;--open:#855b00}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--paper:#15181c;--soft:#a3acb8;--rule:#363d46;--blue:#7db7ff;
--orange:#ffad66;--good:#6fd69b;--bad:#ff938a;--open:#f2c057}}
*{box-sizing:border-box}
body{font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0}
main{max-width:76rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;overflow-wrap:anywhere;margin:.5rem 0}h2{font-size:1.2rem;margin:2.2rem 0 .4rem}
p{max-width:46rem}.note{color:var(--soft);margin:.2rem 0 .6rem}
a{color:var(--blue)}:focus-visible{outline:3px solid var(--blue);outline-offset:2px}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1rem;padding:0;list-style:none}
.verdict{border-left:.4rem solid var(--open);padding:.4rem .8rem;margin:1rem 0}
.verdict.PASS{border-color:var(--good)}.verdict.REFUSED{border-color:var(--bad)}.verdict strong{font-size:1.1rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
.scroll{overflow-x:auto;border-bottom:1px solid var(--rule)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.28rem .6rem;border-top:1px solid var(--rule);text-align:right;white-space:nowrap;font-weight:400}
thead th{color:var(--soft);vertical-align:bottom}
tr>:first-child{text-align:left;position:sticky;left:0;background:var(--paper)}
.matrix td,.matrix th{padding:.2rem .35rem;font-size:.85rem}
.matrix thead th+th{writing-mode:vertical-rl;text-align:left;transform:rotate(180deg)}
.matrix td{background:color-mix(in srgb,var(--blue) var(--heat,0%),transparent)}.matrix td.zero{color:var(--soft)}
figure{margin:0}figcaption{font-size:.85rem;color:var(--soft)}svg{width:100%;height:auto;display:block}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:1rem}
.wide{grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));max-width:46rem}
svg text{font-size:9px;fill:var(--soft)}.wide svg text{font-size:6px}.grid{stroke:var(--soft);stroke-width:.6;fill:none}
.dot{fill:var(--blue);fill-opacity:.6}.line{fill:none;stroke-width:1.6;stroke:var(--blue)}
.line1{stroke:var(--orange);stroke-dasharray:4 2}.mark{stroke:var(--ink);stroke-width:.8;stroke-dasharray:1.5 1.5}
.key b{color:var(--blue)}.key i{color:var(--orange)}
@media(max-width:34rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}
.plots:not(.wide){grid-template-columns:repeat(2,minmax(0,1fr))}}
@media print{.scroll{overflow:visible}}
"""
