// Draws beds and alarms. Everything that comes in is set as text, never as markup.

import { ageMs, ageText, clock } from "./time.js";

const OLD_AFTER_MS = 120_000; // a number, or all that is heard of a bed; ours: two frames of a device that sends each minute
const OLD_FORECAST_MS = 75 * 60_000; // one is due every hour
const VITALS = [
  ["heart_rate_bpm", "HR", "/min", 0], ["respiratory_rate_per_min", "RR", "/min", 0], ["spo2_percent", "SpO₂", "%", 0],
  ["systolic_mmhg", "SBP", "mmHg", 0], ["temperature_celsius", "temp", "°C", 1],
];
const FULL_TREND = 0.16; // the risk that fills the height of the trend, as in the terminal
const PHASES = { ack: "acknowledged", latched: "latched", on: "", off: "" };
const SOUNDING = new Set(["on", "latched"]);
const REASONS = ["care at the bedside", "suction", "sensor is changed", "blood is drawn"];
const MARKS = { high: "!!!", medium: "!!", low: "!" };
const BANDS = { low: "low", "low-medium": "low to medium", medium: "medium", high: "high", unknown: "not known" };

export function make(tag, classes = "", ...content) {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  element.append(...content);
  return element;
}

export function isSilent(bed) {
  return Boolean(bed.silent) || bed.heard === null || ageMs(bed.heard) > OLD_AFTER_MS;
}

export function isUnjudged(bed) {
  return bed.watch.state !== "watched";
}

function unjudged(bed) {
  const since = bed.watch.since ? ` since ${clock(bed.watch.since, true)}` : "";
  if (bed.watch.state === "behind") return `worked on late, not judged${since}`;
  return `not watched${since}: no scores, no alarms`;
}

function note(alarm) {
  const parts = [PHASES[alarm.signal], alarm.presence ? "" : "condition over"];
  if (alarm.in_silence) parts.push("in silence");
  if (alarm.history) parts.push("read from a backlog");
  if (alarm.recipients > 1) parts.push("for the next group too");
  if (alarm.confirmed_by.length) parts.push("a device alarms too");
  return [alarm.priority, ...parts.filter(Boolean)].join(", ");
}

export function drawAlarm({ bed, alarm }) {
  const row = make("li", `alarm ${alarm.priority}${isUnjudged(bed) ? " old" : ""}`);
  row.dataset.key = alarm.alert;
  const said = make("span", "", alarm.text, make("span", "dim", ` (${note(alarm)})`));
  if (isUnjudged(bed)) said.append(make("span", "warn", " not watched"));
  row.append(make("span", "mark", MARKS[alarm.priority]), make("span", "bed-name", bed.label), said);
  row.append(make("span", "when", make("time", "", clock(alarm.since)), make("span", "age", `said ${ageText(alarm.heard)} ago`)));
  return row;
}

function drawNumber([name, title, unit, decimals], bed) {
  const vital = bed.vitals[name];
  const points = isUnjudged(bed) ? null : vital?.points; // they belong to a score, which is old then
  const box = make("div", vital && (isSilent(bed) || ageMs(vital.as_of) > OLD_AFTER_MS) ? "old" : "");
  const number = make("b");
  if (!vital) number.append("·");
  else if (vital.value === null) number.append(make("span", "off", "off"));
  else number.append(make("span", points ? `points-${points}` : "", vital.value.toFixed(decimals)));
  if (points && vital.value !== null) {
    const plus = make("span", `plus points-${points}`, `+${points}`);
    plus.title = `${points} NEWS2 points`;
    number.append(plus);
  }
  box.append(number, make("span", "", `${title} ${unit}`), make("span", "age", vital ? ageText(vital.as_of) : ""));
  return box;
}

function drawTrend(shares) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 100 24");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  const step = shares.length > 1 ? 100 / (shares.length - 1) : 100;
  const points = shares.map((share, at) => `${at * step},${23 - 22 * Math.min(1, share / FULL_TREND)}`);
  line.setAttribute("points", points.join(" "));
  svg.append(line);
  return svg;
}

function drawScore(bed) {
  const score = bed.news2;
  const box = make("span", score && (isUnjudged(bed) || isSilent(bed)) ? "old" : "", "NEWS2 ");
  if (!score) {
    box.append(make("span", "dim", "·"));
    return box;
  }
  const badge = make("span", `band band-${score.band}`, score.complete ? `${score.total}` : `${score.total} to ${score.upper}`);
  badge.title = `risk ${BANDS[score.band]}`;
  box.append(badge, make("span", "age", `${score.complete ? "" : " partial"} ${ageText(score.heard)}`));
  return box;
}

function drawRisk(bed) {
  const risk = bed.risk;
  const isOld = risk && (isUnjudged(bed) || isSilent(bed) || ageMs(risk.heard) > OLD_FORECAST_MS);
  const box = make("span", isOld ? "old" : "", "sepsis ");
  if (!risk) {
    box.append(make("span", "dim", "·"));
    return box;
  }
  if (risk.abstained) box.append(make("span", "dim", risk.abstained_because ? "silent at this hospital" : "knows too little"));
  else box.append(make("b", risk.alarm ? "points-3" : "", `${(risk.probability * 100).toFixed(1)} %${risk.alarm ? " alarm" : ""}`));
  box.append(make("span", "age", ` ${ageText(risk.heard)}`));
  if (risk.trend.length > 1) box.append(" ", drawTrend(risk.trend));
  return box;
}

function drawRequest(bed, deed, alert, acts, title) {
  const asked = bed.requested.find((one) => one.deed === deed && (one.alert ?? "") === (alert ?? ""));
  if (asked) {
    const state = asked.unanswered ? "nothing came back yet" : "requested";
    const text = ` ${title}: ${state}, by ${asked.by} at ${clock(asked.at, true)}`;
    if (!asked.unanswered || !acts) return make("span", "requested", text);
    return make("span", "requested", text, " ", button(bed, deed, alert, "ask again"));
  }
  return acts ? button(bed, deed, alert, title) : "";
}

function button(bed, deed, alert, title) {
  const one = make("button", "", title);
  one.type = "button";
  Object.assign(one.dataset, { deed, patient: bed.patient, ...(alert ? { alert } : {}) });
  return one;
}

function drawPause(bed, acts) {
  const line = make("p", "", drawRequest(bed, "pause", null, acts, "pause the sound for 2 minutes"));
  if (line.querySelector("button")) {
    const reason = make("select", "", ...REASONS.map((text) => make("option", "", text)));
    reason.setAttribute("aria-label", "reason");
    line.append(" ", reason);
  }
  return line;
}

function drawMore(bed, acts) {
  const more = make("div");
  const air = { true: "supplemental oxygen", false: "air" }[bed.on_oxygen];
  const observed = [air, bed.consciousness].filter(Boolean).join(", ");
  if (observed) more.append(make("p", "dim", observed));
  if (bed.news2?.missing.length) more.append(make("p", "dim", `NEWS2 lacks ${bed.news2.missing.join(", ")}`));
  if (bed.risk?.sentence) {
    more.append(make("h4", "", `Forecast for ${bed.risk.horizon_h} h, of ${clock(bed.risk.time)}`), make("p", "", bed.risk.sentence));
  }
  if (bed.alarms.length) more.append(make("h4", "", "Alarms"));
  for (const alarm of bed.alarms) {
    more.append(make("p", "", `${clock(alarm.since)} ${MARKS[alarm.priority]} ${alarm.text} (${note(alarm)}), said ${ageText(alarm.heard)} ago`));
    if (SOUNDING.has(alarm.signal)) more.lastChild.append(" ", drawRequest(bed, "acknowledge", alarm.alert, acts, "acknowledge"));
  }
  if (acts || bed.requested.some((one) => one.deed === "pause")) more.append(drawPause(bed, acts));
  if (bed.device_alarms.length) more.append(make("h4", "", "Alarms of the devices themselves"));
  for (const alarm of bed.device_alarms) {
    more.append(make("p", "", `${clock(alarm.time)} ${alarm.text}${alarm.priority ? `, ${alarm.priority}` : ""}`));
  }
  if (bed.suggestions.length) more.append(make("h4", "", "Proposals, never orders"));
  for (const one of bed.suggestions) {
    more.append(make("p", "", `${clock(one.time)} ${one.text}`), make("p", "dim", one.source));
    if (one.missing.length) more.append(make("p", "dim", `not known: ${one.missing.join(", ")}`));
    if (one.to_check.length) more.append(make("p", "dim", `check: ${one.to_check.join("; ")}`));
  }
  if (bed.reports.length) more.append(make("h4", "", "Preliminary image reports"));
  for (const report of bed.reports) more.append(make("p", "", `${clock(report.time)} ${report.text}`));
  return more;
}

function heard(bed) {
  if (bed.heard === null) return "not heard since the board began";
  return isSilent(bed) ? `silent since ${clock(bed.silent ?? bed.heard)}` : ageText(bed.heard);
}

export function drawBed(bed, isOpen, acts) {
  const worst = bed.alarms.find((alarm) => alarm.first) ?? bed.alarms[0];
  const states = [worst?.priority, isSilent(bed) && "silent", isUnjudged(bed) && "unjudged"];
  const card = make("details", states.filter(Boolean).join(" "));
  card.dataset.key = card.dataset.patient = bed.patient;
  const name = make("h3", "bed-name", bed.label, make("span", "dim who", ` ${bed.who}`));
  const head = make("div", "top", name, make("span", isSilent(bed) ? "warn" : "age", heard(bed)));
  const numbers = make("div", "numbers", ...VITALS.map((vital) => drawNumber(vital, bed)));
  const summary = make("summary", "", head);
  if (isUnjudged(bed)) summary.append(make("div", "warn", unjudged(bed)));
  if (worst) {
    const row = make("div", `worst${isUnjudged(bed) ? " old" : ""}`, make("span", "mark", MARKS[worst.priority]));
    row.append(` ${worst.text}`, make("span", "dim", ` (${note(worst)})${bed.alarms.length > 1 ? ` and ${bed.alarms.length - 1} more` : ""}`));
    summary.append(row);
  }
  if (bed.requested.length) summary.append(make("div", "requested", `${bed.requested.length} requested, not done yet`));
  summary.append(...bed.settings.map((text) => make("div", "off", text)), numbers);
  summary.append(make("div", "top", drawScore(bed), drawRisk(bed)));
  card.append(summary, isOpen ? drawMore(bed, acts) : make("div"));
  return card;
}
