// Draws a course as a picture, and as a table behind it. The picture is for the eye alone: all it says, the table says.

import { make, svg } from "./make.js";
import { clock } from "./time.js";

const [WIDE, HIGH] = [1000, 100];
const MINUTE_S = 60;
const TOGETHER_S = 2.5 * MINUTE_S; // values further apart are not joined
export const GAP_S = 20 * MINUTE_S; // ours: longer than a score takes to come again while anything is measured
const SELDOM = 2.5; // times the usual time between two values is a gap, where that is longer
const ROWS_S = { 2: 5 * MINUTE_S, 8: 15 * MINUTE_S, 24: 30 * MINUTE_S };

// `points` are [seconds, lowest, highest] in order; `alarms` are { begin, end, priority } in seconds; `together` is how
// far apart two points may be and still be joined.
export function chart({ title, unit, decimals, least, most, begin, end, hours, points, alarms = [], together = TOGETHER_S }) {
  const low = Math.min(least, ...points.map((one) => one[1]));
  const top = Math.max(most, ...points.map((one) => one[2]));
  const x = (at) => ((Math.min(end, Math.max(begin, at)) - begin) / (end - begin)) * WIDE;
  const y = (value) => HIGH - ((value - low) / (top - low)) * HIGH;
  const missing = gaps(points, begin, end, Math.max(GAP_S, together, SELDOM * usual(points)));
  const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", "aria-hidden": "true", class: "course" });
  for (const [from, to] of missing) {
    picture.append(svg("rect", { class: "gap", x: x(from), y: 0, width: x(to) - x(from), height: HIGH }));
  }
  for (const one of alarms) {
    const width = Math.max(2, x(one.end) - x(one.begin));
    picture.append(svg("rect", { class: `episode ${one.priority}`, x: x(one.begin), y: 0, width, height: HIGH }));
  }
  for (const run of runs(points, together)) picture.append(...drawRun(run, x, y));
  const figure = make("figure", "chart");
  figure.dataset.key = title;
  const values = points.length ? `${written(Math.min(...points.map((one) => one[1])), decimals)} to ${written(Math.max(...points.map((one) => one[2])), decimals)}` : "no values";
  figure.append(make("figcaption", "", `${title}${unit ? `, ${unit}` : ""}: `, make("b", "", values)));
  const scale = make("div", "scale", make("span", "", written(top, decimals)), make("span", "", written(low, decimals)));
  const times = make("div", "times", ...[begin, (begin + end) / 2, end].map((at) => make("span", "", clock(at * 1000))));
  figure.append(make("div", "plot", scale, picture, times));
  if (missing.length) figure.append(make("p", "dim", `No values: ${missing.map(([from, to]) => `${clock(from * 1000)} to ${clock(to * 1000)}`).join("; ")}`));
  if (points.length) figure.append(table(title, unit, decimals, points, alarms, ROWS_S[hours]));
  return figure;
}

function written(value, decimals) {
  return value.toFixed(decimals);
}

// Times without values that are too long to be the pause between two of them.
function gaps(points, begin, end, longest) {
  const found = [];
  let from = begin;
  for (const [at] of points) {
    if (at - from > longest) found.push([from, at]);
    from = at;
  }
  if (end - from > longest) found.push([from, end]);
  return found;
}

// The median time between two values: some are measured each hour.
function usual(points) {
  const apart = points.slice(1).map(([at], place) => at - points[place][0]).sort((one, other) => one - other);
  return apart[Math.floor(apart.length / 2)] ?? 0;
}

function runs(points, together) {
  const found = [];
  for (const point of points) {
    const run = found.at(-1);
    if (run && point[0] - run.at(-1)[0] <= together) run.push(point);
    else found.push([point]);
  }
  return found;
}

// From lowest to highest as an area, and its middle as a line; one alone is a dot.
function drawRun(run, x, y) {
  const up = run.map(([at, , highest]) => `${x(at).toFixed(1)},${y(highest).toFixed(1)}`);
  const down = run.map(([at, lowest]) => `${x(at).toFixed(1)},${y(lowest).toFixed(1)}`).reverse();
  const middle = run.map(([at, lowest, highest]) => `${x(at).toFixed(1)},${y((lowest + highest) / 2).toFixed(1)}`);
  if (run.length === 1) middle.push(middle[0]);
  return [svg("polygon", { points: [...up, ...down].join(" ") }), svg("polyline", { class: run.length === 1 ? "dot" : "", points: middle.join(" ") })];
}

function table(title, unit, decimals, points, alarms, rowS) {
  const rows = new Map();
  for (const [at, lowest, highest] of points) {
    const from = Math.floor(at / rowS) * rowS;
    const row = rows.get(from) ?? [Infinity, -Infinity];
    rows.set(from, [Math.min(row[0], lowest), Math.max(row[1], highest)]);
  }
  const body = make("tbody");
  for (const [from, [lowest, highest]] of [...rows].reverse()) {
    const there = alarms.filter((one) => one.begin < from + rowS && one.end >= from);
    const worst = ["high", "medium", "low"].find((priority) => there.some((one) => one.priority === priority)) ?? "";
    body.append(make("tr", "", head("row", clock(from * 1000)), make("td", "", written(lowest, decimals)), make("td", "", written(highest, decimals)), make("td", "", worst)));
  }
  const heads = ["from", "lowest", "highest", "alarm"].map((text) => head("col", text));
  const caption = make("caption", "", `${title}${unit ? ` in ${unit}` : ""}, each ${rowS / MINUTE_S} minutes, the newest first`);
  const behind = make("details", "behind", make("summary", "", `${title} as a table`));
  behind.append(make("table", "", caption, make("thead", "", make("tr", "", ...heads)), body));
  return behind;
}

export function head(scope, text) {
  const cell = make("th", "", text);
  cell.scope = scope;
  return cell;
}
