"""The style of a plan's page: one sheet of A4, readable on screen, and in black and white."""

from typing import Final

STYLE: Final = (
    "@page{size:A4;margin:9mm}"
    "*{box-sizing:border-box}"
    "body{font:8.5pt/1.25 system-ui,sans-serif;color:#111;background:#fff;margin:0 auto;max-width:192mm}"
    "h1{font-size:13pt;margin:0}h2{font-size:9.5pt;margin:1.6mm 0 .4mm;border-bottom:.3mm solid #555}"
    "h3{font-size:8.5pt;margin:0}p,ul{margin:.3mm 0}ul{padding-left:3.5mm}"
    ".columns{display:grid;grid-template-columns:1fr 1fr;gap:0 6mm}"
    ".gap{color:#7a2e00;font-style:italic}"
    "article{margin:1mm 0;padding-left:1.5mm;border-left:.8mm solid #555;break-inside:avoid}"
    "article p{font-size:7.5pt;line-height:1.2}"
    ".urgency{font-weight:700;text-transform:uppercase;font-size:7pt;border:.3mm solid #111;padding:0 1mm}"
    ".now{background:#8b0000;color:#fff}.before-the-next-dose{background:#ffe08a;color:#111}"
    "img{max-width:44mm;max-height:44mm;margin:1mm 2mm 0 0}"
    "footer{font-size:7pt;margin-top:1.5mm;border-top:.3mm solid #555}"
    "@media(max-width:150mm){.columns{grid-template-columns:1fr}}"
)
