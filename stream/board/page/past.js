// Draws what the server tells of one bed over the last hours: courses, alarms, results, orders, proposals.

import { chart, head, GAP_S } from "./chart.js";
import { link, make } from "./make.js";
import { bedHash } from "./route.js";
import { drawDeviceStep, drawStory } from "./stories.js";
import { clock } from "./time.js";

// Title, unit, decimals, and the range that the picture has at least; ours, so that two pictures can be compared.
const COURSES = [
  ["heart_rate_bpm", "Heart rate", "/min", 0, 40, 160], ["respiratory_rate_per_min", "Respiratory rate", "/min", 0, 5, 40],
  ["spo2_percent", "SpO₂", "%", 0, 80, 100], ["systolic_mmhg", "Systolic pressure", "mmHg", 0, 70, 180],
  ["temperature_celsius", "Temperature", "°C", 1, 35, 40],
];
const IF_MEASURED = [
  ["mean_arterial_mmhg", "Mean arterial pressure", "mmHg", 0, 50, 120], ["diastolic_mmhg", "Diastolic pressure", "mmHg", 0, 30, 110],
  ["etco2_mmhg", "End-tidal CO₂", "mmHg", 0, 20, 60], ["fio2_fraction", "Inspired oxygen", "fraction", 2, 0.2, 1],
];
const FORECAST_APART_S = 75 * 60; // one is due every hour
const WORDS = { on_oxygen: "supplemental oxygen", consciousness: "consciousness" };

const seconds = (moment) => Date.parse(moment) / 1000;
const UNIT = /_(mmol_per_l|mg_per_dl|u_per_l|g_per_dl|ng_per_ml|10e3_per_ul|mmhg|percent|fraction|bpm|per_min|celsius|s)$/;
const named = (name) => WORDS[name] ?? [...COURSES, ...IF_MEASURED].find((one) => one[0] === name)?.[1] ?? name.replace(UNIT, "").replaceAll("_", " ");
const short = (value) => (typeof value === "number" ? `${Number(value.toPrecision(4))}` : value);
const percent = (share) => `${(share * 100).toFixed(1)} %`;

function section(title, ...content) {
  const part = make("section", "part", make("h3", "", title), ...content);
  part.dataset.key = title;
  return part;
}

function table(caption, heads, rows) {
  const lines = rows.map(([first, ...others]) => make("tr", "", head("row", first), ...others.map((text) => make("td", "", text))));
  const columns = make("thead", "", make("tr", "", ...heads.map((text) => head("col", text))));
  return make("div", "wide", make("table", "", make("caption", "", caption), columns, make("tbody", "", ...lines)));
}

// When alarms were there that rest on a value of this name.
function spansOf(past, name) {
  const alarms = past.alarms.filter((one) => one.measured[0] === name && !one.suppressed && !one.informs);
  return alarms.map((one) => ({ begin: seconds(one.begin), end: seconds(one.end ?? past.end), priority: one.priority }));
}

function drawCourses(past, hours) {
  const [begin, end] = [seconds(past.begin), seconds(past.end)];
  const there = [...COURSES, ...IF_MEASURED.filter(([name]) => past.vitals[name]?.length)];
  const charts = there.map(([name, title, unit, decimals, least, most]) =>
    chart({ title, unit, decimals, least, most, begin, end, hours, points: past.vitals[name] ?? [], alarms: spansOf(past, name) }),
  );
  const since = Math.max(begin, seconds(past.by_the_minute_since));
  const text = `By the minute, lowest to highest, since ${clock(since * 1000)}; before that as far as scores carried them. Grey: no values. Coloured: our alarms on this vital sign.`;
  return section("Vital signs", make("p", "dim", text), make("div", "charts", ...charts));
}

function drawScore(past, hours) {
  const [begin, end] = [seconds(past.begin), seconds(past.end)];
  const points = past.scores.map(([at, total, upper]) => [seconds(at), total, upper]);
  const course = chart({ title: "NEWS2", unit: "", decimals: 0, least: 0, most: 20, begin, end, hours, points, alarms: spansOf(past, "news2_band"), together: GAP_S });
  const score = past.score;
  if (!score) return section("Score", make("p", "dim", "No score has been made."), course);
  const rows = score.parts.map((one) => [
    named(one.parameter), one.value === null ? "not known" : `${one.value}`, one.points === null ? "none" : `${one.points}`,
    one.age_s === null ? "" : `${Math.round(one.age_s / 60)} min`,
  ]);
  const sum = score.complete ? `${score.total}` : `${score.lower} to ${score.upper}, since ${score.missing.map(named).join(", ")} ${score.missing.length > 1 ? "are" : "is"} missing`;
  const caption = `${score.score} of ${clock(score.time)}: ${sum}; risk ${score.band}`;
  return section("Score", table(caption, ["parameter", "value", "points", "measured before"], rows), course);
}

function drawForecast(past, hours) {
  const [begin, end] = [seconds(past.begin), seconds(past.end)];
  const points = past.risks.filter((one) => one[1] !== null).map(([at, share]) => [seconds(at), share * 100, share * 100]);
  const course = chart({ title: "Forecast of sepsis", unit: "%", decimals: 1, least: 0, most: 16, begin, end, hours, points, alarms: spansOf(past, "sepsis_alarm"), together: FORECAST_APART_S });
  const risk = past.risk;
  if (!risk) return section("Forecast", make("p", "dim", "No forecast has been made."), course);
  const said = risk.abstained ? risk.abstained_because ?? "the model knows too little to say" : `${percent(risk.probability)}${risk.alarm ? ", over the threshold of the alarm" : ""}`;
  const lines = [make("p", "", `${risk.outcome} within ${risk.horizon_h} h of ${clock(risk.time)}: ${said}`)];
  if (risk.sentence) lines.push(make("p", "", risk.sentence));
  if (risk.drivers.length) lines.push(drawDrivers("What moved it most", risk.drivers));
  else lines.push(make("p", "dim", "Drivers are named where it alarms."));
  if (risk.model) lines.push(make("p", "dim", risk.model));
  return section("Forecast", ...lines, course, ...drawFurther(risk.further));
}

function drawDrivers(caption, drivers) {
  const rows = drivers.map((one) => [
    named(one.name), `${short(one.value)} ${one.unit === "1" ? "" : one.unit}`, `${one.age_h.toFixed(1)} h`,
    `${one.contribution > 0 ? "raises" : "lowers"} the risk (${one.contribution.toFixed(2)} log odds)`,
  ]);
  return table(caption, ["input", "value", "measured before", "moved the forecast"], rows);
}

// What the vital signs themselves are forecast to show.
function drawFurther(risks) {
  if (!risks.length) return [];
  const rows = risks.map((one) => [one.text, `${one.horizon_h} h`, one.abstained ? `none: ${one.abstained_because ?? "it can't be told"}` : percent(one.probability)]);
  const parts = [make("h4", "", "Of the vital signs themselves"), table("Each raises no alarm", ["what", "within", "probability"], rows)];
  for (const one of risks.filter((each) => each.drivers.length)) {
    if (one.sentence) parts.push(make("p", "", one.sentence));
    parts.push(drawDrivers(`What moved it most: ${one.text}, within ${one.horizon_h} h`, one.drivers));
  }
  return parts;
}

function drawAlarms(past, at) {
  const plain = past.alarms.filter((one) => !one.suppressed && !one.informs);
  const shown = at.suppressed ? past.alarms : plain;
  const hidden = past.alarms.length - plain.length;
  const turn = link(bedHash(at.patient, at.hours, !at.suppressed), at.suppressed ? "hide suppressed ones and information" : `show suppressed ones and information (${hidden})`);
  const ours = shown.length ? make("ol", "", ...shown.map((one) => drawStory(one))) : make("p", "dim", "None.");
  const devices = past.device_alarms.length ? make("ol", "", ...past.device_alarms.map((one) => drawDeviceStep(one))) : make("p", "dim", "None.");
  return section(
    `Alarms of the last ${at.hours} hours`,
    make("div", "beside", make("div", "", make("h4", "", "Ours"), make("p", "", turn), ours), make("div", "", make("h4", "", "Of the devices"), devices)),
  );
}

function drawLabs(past) {
  if (!past.labs.length) return section("Laboratory", make("p", "dim", "No results."));
  const rows = past.labs.map((one) => {
    const [[time, value], ...before] = one.values;
    const earlier = before.slice(0, 3).map(([at, was]) => `${was} (${clock(at)})`).join(", ");
    return [named(one.name), `${value} ${one.unit}`, clock(time), earlier];
  });
  return section("Laboratory", table("The latest result of each, and up to three before it", ["analyte", "value", "sample of", "before"], rows));
}

function drawList(title, items, empty) {
  if (!items.length) return section(title, make("p", "dim", empty));
  return section(title, make("ul", "plain", ...items.map((one) => make("li", "", `${clock(one.time)} ${one.text}`, make("span", "dim", one.source ? ` ${one.source}` : "")))));
}

function drawProposal(one) {
  const source = `${one.citation.guideline}, ${one.citation.edition}, ${one.citation.reference}. Strength: ${one.citation.strength}`;
  const used = one.inputs.map((input) => `${named(input.name)} ${short(input.value)}${input.age_s === null ? "" : ` (${Math.round(input.age_s / 60)} min before)`}`);
  const lines = [
    ["source", source], ["inputs used", used.join("; ") || "none"], ["not known", one.missing.map(named).join(", ") || "nothing"],
    ["looked for in the record", one.contraindications_checked.join("; ") || "nothing"], ["to check", one.to_check.join("; ")],
    ["says otherwise", one.second_voices.map((voice) => `${voice.citation.guideline} ${voice.citation.edition} (${voice.citation.strength}): ${voice.text}`).join("; ")],
    ["holds until", clock(one.expires)],
  ];
  const list = make("dl");
  for (const [name, text] of lines) if (text) list.append(make("div", "", make("dt", "", name), make("dd", "", text)));
  const item = make("li", "proposal", make("p", "", `${clock(one.time)} ${one.text}`), list);
  item.dataset.key = one.id;
  return item;
}

function drawProposals(past) {
  const content = past.proposals.length ? make("ul", "plain", ...past.proposals.map(drawProposal)) : make("p", "dim", "None.");
  return section("Proposals, never orders", content);
}

export function drawPast(asked, at) {
  if (asked.error) return [make("p", "warn", `${asked.error}.`)];
  if (!asked.content) return [make("p", "dim", "Its last hours are being fetched.")];
  const past = asked.content;
  const parts = [drawAlarms(past, at), drawCourses(past, Number(at.hours)), drawScore(past, Number(at.hours)), drawForecast(past, Number(at.hours))];
  parts.push(drawLabs(past), drawList("Drugs", past.drugs, "No orders."), drawList("Genome", past.genes, "No results."), drawProposals(past));
  if (asked.failedAt) parts.unshift(make("p", "warn", `The board does not answer: below is what was known at ${clock(asked.failedAt, true)}.`));
  return parts;
}
