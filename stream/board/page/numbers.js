// Draws how a bed stands now: what is heard of it, its worst alarm, its numbers, score and forecast.

import { MARKS, isUnjudged, note, sounds } from "./alarm.js";
import { make, svg } from "./make.js";
import { ageMs, ageText, clock } from "./time.js";

const OLD_AFTER_MS = 120_000; // a number, or all that is heard of a bed; ours: two frames of a device that sends each minute
const OLD_FORECAST_MS = 75 * 60_000; // one is due every hour
export const VITALS = [
  ["heart_rate_bpm", "HR", "/min", 0], ["respiratory_rate_per_min", "RR", "/min", 0], ["spo2_percent", "SpO₂", "%", 0],
  ["systolic_mmhg", "SBP", "mmHg", 0], ["temperature_celsius", "temp", "°C", 1],
];
const FULL_TREND = 0.16; // the risk that fills the height of the trend, as in the terminal
const BANDS = { low: "low", "low-medium": "low to medium", medium: "medium", high: "high", unknown: "not known" };

export function isSilent(bed) {
  return Boolean(bed.silent) || bed.heard === null || ageMs(bed.heard) > OLD_AFTER_MS;
}

export function unjudged(bed) {
  const since = bed.watch.since ? ` since ${clock(bed.watch.since, true)}` : "";
  if (bed.watch.state === "behind") return `worked on late, not judged${since}`;
  return `not watched${since}: no scores, no alarms`;
}

export function drawNumber([name, title, unit, decimals], bed) {
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
  const picture = svg("svg", { class: "spark", viewBox: "0 0 100 24", preserveAspectRatio: "none", "aria-hidden": "true" });
  const step = shares.length > 1 ? 100 / (shares.length - 1) : 100;
  const points = shares.map((share, at) => `${at * step},${23 - 22 * Math.min(1, share / FULL_TREND)}`);
  picture.append(svg("polyline", { points: points.join(" ") }));
  return picture;
}

export function drawScore(bed) {
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

export function heard(bed) {
  if (bed.heard === null) return "not heard since the board began";
  return isSilent(bed) ? `silent since ${clock(bed.silent ?? bed.heard)}` : ageText(bed.heard);
}

// The classes of a bed that say how urgent it is, and what of it can't be relied on.
export function statesOf(bed) {
  const loudest = loudestOf(bed);
  const states = [worstOf(bed)?.priority, loudest && `sounds-${loudest.priority}`];
  return [...states, isSilent(bed) && "silent", isUnjudged(bed) && "unjudged"].filter(Boolean).join(" ");
}

export function worstOf(bed) {
  return bed.alarms.find((alarm) => alarm.first) ?? bed.alarms[0];
}

// The most urgent alarm that sounds: a worse one may have been acknowledged.
export function loudestOf(bed) {
  return bed.alarms.find((alarm) => sounds(alarm, bed));
}

export function drawHead(bed) {
  const [worst, loudest, lines] = [worstOf(bed), loudestOf(bed), []];
  if (isUnjudged(bed)) lines.push(make("div", "warn", unjudged(bed)));
  if (worst) {
    const told = [...new Set([worst, loudest ?? worst])];
    for (const one of told) {
      const row = make("div", `worst ${one.priority}${isUnjudged(bed) ? " old" : ""}`, make("span", "mark", MARKS[one.priority]));
      row.append(` ${one.text}`, make("span", "dim", ` (${note(one)})`));
      lines.push(row);
    }
    const others = bed.alarms.length - told.length;
    if (others) lines.at(-1).append(make("span", "dim", ` and ${others} more`));
  }
  if (bed.requested.length) lines.push(make("div", "requested", `${bed.requested.length} requested, not done yet`));
  lines.push(...bed.settings.map((text) => make("div", "off", text)));
  lines.push(make("div", "numbers", ...VITALS.map((vital) => drawNumber(vital, bed))));
  lines.push(make("div", "top", drawScore(bed), drawRisk(bed)));
  return lines;
}
