"""Style: the look of the site, light and dark, from a phone to a wide screen, with nothing fetched."""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#5b6470;--rule:#d7dce2;--blue:#0b62c4;--back:#f4f6f8}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--paper:#15181c;--soft:#a3acb8;--rule:#363d46;--blue:#7db7ff;
--back:#1e2329}}
*{box-sizing:border-box}
body{font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0}
.page{display:grid;grid-template-columns:15rem minmax(0,1fr);gap:2rem;max-width:90rem;margin:0 auto;padding:1rem}
main{min-width:0}h1{font-size:1.7rem;margin:.3rem 0 1rem}h2{font-size:1.25rem;margin:2.2rem 0 .5rem}
h3{font-size:1.05rem;margin:1.6rem 0 .4rem}h1,h2,h3{line-height:1.25;overflow-wrap:anywhere}
p,ul,ol{max-width:52rem}li{margin:.2rem 0}
a{color:var(--blue);text-underline-offset:.15em}:focus-visible{outline:3px solid var(--blue);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.3rem .6rem}
@media(min-width:48.01rem){.pages{display:none}}
nav{font-size:.92rem}nav details{margin:0 0 .8rem}nav summary{font-weight:600;cursor:pointer;padding:.2rem 0}
nav ul{list-style:none;margin:.2rem 0;padding:0 0 0 .9rem}nav a{text-decoration:none;overflow-wrap:anywhere}
nav a:hover{text-decoration:underline}nav a[aria-current]{color:var(--ink);font-weight:600}
code{font:.88em/1.5 ui-monospace,monospace;background:var(--back);padding:.1em .3em;border-radius:.25em;
overflow-wrap:anywhere;box-decoration-break:clone;-webkit-box-decoration-break:clone}
pre{background:var(--back);padding:.8rem 1rem;border-radius:.4rem;overflow-x:auto}
td code{overflow-wrap:normal}pre code{background:none;padding:0;overflow-wrap:normal}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .7rem;border-top:1px solid var(--rule);text-align:left;vertical-align:top}
td{min-width:7rem}thead th{color:var(--soft);border-top:0;white-space:nowrap}
th[style*=right],td[style*=right]{min-width:0}
blockquote{margin:1rem 0;padding:0 1rem;border-left:.3rem solid var(--rule);color:var(--soft)}
@media(max-width:48rem){.page{grid-template-columns:minmax(0,1fr);gap:.5rem}
nav{order:2;border-top:1px solid var(--rule);padding-top:1rem;margin-top:2rem}
nav a{display:inline-block;padding:.25rem 0}
.pages{display:inline-block;margin:1rem 1rem 0}}
@media print{nav,.skip{display:none}.page{display:block}.scroll{overflow:visible}}
"""
