/**
 * How the page looks, on colours that `chartStyle()` of `@opq/plot` sets. One column on a phone; from 40rem on, charts are drawn
 * wide, and from 60rem on their tables stand beside them.
 */
export const STYLE = `
*,*::before,*::after{box-sizing:border-box}
:root{--tint:color-mix(in srgb,var(--axis) 9%,var(--page));--rule:var(--grid);--good:var(--line-3);--bad:var(--line-2);--link:var(--line-1)}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0 auto;padding:0 1rem 3rem;max-width:72rem;background:var(--page);color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
h1,h2,h3{line-height:1.25;text-wrap:balance}
h1{margin:0;font-size:clamp(1.5rem,1.1rem + 2vw,2.25rem);font-weight:650;letter-spacing:-.015em}
h2{margin:0 0 1rem;font-size:1.25rem;font-weight:650;letter-spacing:-.005em}
h3{margin:1.75rem 0 .5rem;font-size:1rem;font-weight:600}
p{margin:0 0 1rem;max-width:44rem}
a{color:var(--link);text-underline-offset:.2em}
:focus-visible{outline:2px solid var(--link);outline-offset:3px;border-radius:2px}
main:focus{outline:none}
code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.skip{position:absolute;left:1rem;top:-10rem;padding:.5rem 1rem;background:var(--page);border:1px solid var(--axis);border-radius:.25rem;z-index:1}
.skip:focus{top:.5rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
header{padding:2.5rem 0 1.25rem}
.kind{margin:0 0 .35rem;color:var(--quiet);font-size:.8125rem;letter-spacing:.06em;text-transform:uppercase}
.subtitle{margin:.5rem 0 1.25rem;color:var(--quiet)}
.verdict{display:flex;flex-wrap:wrap;gap:.25rem .75rem;margin:0;padding:.6rem .9rem;border-left:4px solid var(--tone);background:var(--tint);border-radius:0 .25rem .25rem 0;max-width:none}
.verdict strong{color:var(--tone)}
.good{--tone:var(--good)}
.bad{--tone:var(--bad)}
nav{border-block:1px solid var(--rule);padding:.35rem 0}
nav ul{display:flex;flex-wrap:wrap;margin:0;padding:0;list-style:none;gap:0 1.25rem}
nav a{display:inline-block;padding:.35rem 0;text-decoration:none;font-size:.9375rem}
nav a:hover{text-decoration:underline}
section{padding-top:2.25rem}
section+section{margin-top:2.25rem;border-top:1px solid var(--rule)}
.tiles{display:flex;flex-wrap:wrap;gap:1px;margin:0 0 1.5rem;background:var(--rule);border:1px solid var(--rule);border-radius:.375rem;overflow:hidden}
.tiles>div{flex:1 1 9.25rem;padding:.9rem 1rem;background:var(--page)}
.tiles dt{color:var(--quiet);font-size:.8125rem}
.tiles dd{margin:.15rem 0 0}
.tiles strong{display:block;font-size:1.5rem;font-weight:600;line-height:1.25;letter-spacing:-.01em;white-space:nowrap}
.tiles span{color:var(--quiet);font-size:.8125rem}
.facts{display:grid;grid-template-columns:1fr;gap:0 2.5rem;margin:0}
.facts>div{display:grid;grid-template-columns:minmax(7.5rem,11rem) 1fr;gap:1rem;padding:.4rem 0;border-bottom:1px solid var(--rule)}
.facts dt{color:var(--quiet)}
.facts dd{margin:0}
.split{display:grid;gap:1.25rem 3rem;align-items:start;margin-bottom:1rem}
.split>*{min-width:0}
figure{margin:0 0 1rem;max-width:44rem}
figcaption{margin-top:.5rem;color:var(--quiet);font-size:.875rem;max-width:44rem}
.chart{display:block;width:100%;height:auto}
.chart text{font-family:inherit}
.wide{display:none}
.scroll{overflow-x:auto;margin:0 0 1rem;max-width:100%}
table{border-collapse:collapse;width:100%;font-size:.875rem;line-height:1.4}
caption{padding:0 0 .5rem;text-align:left;color:var(--quiet)}
th,td{padding:.4rem .75rem .4rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--quiet);font-weight:500;vertical-align:bottom;border-bottom-color:var(--axis)}
tbody th{font-weight:500}
tfoot th,tfoot td{font-weight:600;border-bottom:0;border-top:1px solid var(--axis)}
.number{text-align:right;white-space:nowrap}
small{display:block;color:var(--quiet);font-size:.8125rem;font-weight:400}
.broad{overflow-wrap:normal}
.broad td,.broad th{white-space:nowrap;padding-right:1rem}
.broad caption span{position:sticky;left:0;display:block;max-width:min(44rem,calc(100vw - 2rem))}
.broad th[scope=row]{position:sticky;left:0;min-width:8.5rem;max-width:13rem;background:var(--page);white-space:normal;overflow-wrap:anywhere}
.key{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0 0 .75rem;color:var(--quiet);font-size:.875rem}
.swatch{display:inline-block;width:.75em;height:.75em;margin-right:.5em;border-radius:2px;background:var(--colour,var(--grid))}
.line-1{--colour:var(--line-1)}.line-2{--colour:var(--line-2)}.line-3{--colour:var(--line-3)}.line-4{--colour:var(--line-4)}.line-5{--colour:var(--line-5)}
.before{--colour:color-mix(in srgb,var(--axis) 45%,var(--page))}
.dash{height:0;width:1.1em;border-top:2px dashed var(--line-2);background:none;vertical-align:.25em;border-radius:0}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,18rem),1fr));gap:1.75rem 2rem}
.grid figure{margin:0}
.grid figcaption{margin:0 0 .5rem}
.grid figcaption strong{color:var(--text);font-weight:600}
.grid figure{display:flex;flex-direction:column-reverse;justify-content:flex-end}
.confusion{width:auto;font-size:.8125rem}
.confusion th,.confusion td{padding:.3rem .1rem;min-width:1.75rem;text-align:center;border:1px solid var(--page)}
.confusion thead td{background:none;border:0}
.confusion thead th{border:0;color:var(--quiet)}
.confusion th[scope=row]{color:var(--quiet);text-align:right;padding-right:.4rem;border:0;font-weight:500}
.confusion td{background:color-mix(in srgb,var(--heat,var(--line-2)) var(--share,0%),var(--tint))}
.confusion td.right{--heat:var(--line-1)}
.none{color:var(--quiet)}
.better{color:var(--good)}
.worse{color:var(--bad)}
.changed{font-weight:600}
.boards{display:grid;gap:1.5rem}
.refusals{margin:.25rem 0 0;padding-left:1.1rem}
.refusals li{margin-bottom:.5rem}
footer{margin-top:3rem;border-top:1px solid var(--rule);padding-top:1rem;color:var(--quiet);font-size:.875rem}
@media (min-width:40rem){
body{padding-inline:2rem}
.wide{display:block}
.narrow{display:none}
.facts{grid-template-columns:1fr 1fr}
.confusion th,.confusion td{min-width:2.5rem;padding:.4rem .2rem}
}
@media (min-width:60rem){
.split{grid-template-columns:minmax(0,3fr) minmax(0,2fr)}
}
@media print{
nav,.skip{display:none}
section{break-inside:avoid}
.scroll{overflow:visible}
}
`.replaceAll('\n', '');
