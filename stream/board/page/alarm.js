// Draws alarms as they are now, and what may be asked for about them.

import { link, make } from "./make.js";
import { bedHash } from "./route.js";
import { ageText, clock } from "./time.js";

const PHASES = { ack: "acknowledged", latched: "latched", on: "", off: "" };
const SOUNDING = new Set(["on", "latched"]);
// What may be set for all alarms of a patient: title, and the reasons to choose from; ours.
const SETTINGS = {
  pause: ["pause the sound for 2 minutes", ["care at the bedside", "suction", "sensor is changed", "blood is drawn"]],
  away: ["away from the bed", ["examination", "operation", "walk"]],
  standby: ["standby until vital signs are measured again", ["not connected yet", "monitor is changed", "no monitoring wanted now"]],
};
export const MARKS = { high: "!!!", medium: "!!", low: "!" };

// What may be asked for about an alarm of a bed, as far as it sounds now.
export function drawAsked(bed, alert, acts) {
  const alarm = bed?.alarms.find((one) => one.alert === alert);
  return alarm && SOUNDING.has(alarm.signal) ? drawRequest(bed, "acknowledge", alert, acts, "acknowledge") : "";
}

export function isUnjudged(bed) {
  return bed.watch.state !== "watched";
}

// Whether an alarm sounds now, as far as that is known.
export function sounds(alarm, bed) {
  return SOUNDING.has(alarm.signal) && alarm.first && !alarm.history && !isUnjudged(bed);
}

export function note(alarm) {
  const parts = [PHASES[alarm.signal], alarm.presence ? "" : "condition over"];
  if (alarm.in_silence) parts.push("in silence");
  if (alarm.history) parts.push("read from a backlog");
  if (alarm.recipients > 1) parts.push("for the next group too");
  if (alarm.confirmed_by.length) parts.push("a device alarms too");
  return [alarm.priority, ...parts.filter(Boolean)].join(", ");
}

export function drawAlarm({ bed, alarm }) {
  const row = make("li", `alarm ${alarm.priority}${isUnjudged(bed) ? " old" : ""}${sounds(alarm, bed) ? ` sounds-${alarm.priority}` : ""}`);
  row.dataset.key = alarm.alert;
  const said = make("span", "", alarm.text, make("span", "dim", ` (${note(alarm)})`));
  if (isUnjudged(bed)) said.append(make("span", "warn", " not watched"));
  row.append(make("span", "mark", MARKS[alarm.priority]), make("span", "bed-name", link(bedHash(bed.patient), bed.label)), said);
  row.append(make("span", "when", make("time", "", clock(alarm.since)), make("span", "age", `said ${ageText(alarm.heard)} ago`)));
  return row;
}

// `what` names the alarm that is acknowledged, or the setting that ends.
function drawRequest(bed, deed, what, acts, title) {
  const asked = bed.requested.find((one) => one.deed === deed && (one.alert ?? one.ends ?? "") === (what ?? ""));
  if (asked) {
    const state = asked.unanswered ? "nothing came back yet" : "requested";
    const text = ` ${title}: ${state}, by ${asked.by} at ${clock(asked.at, true)}`;
    if (!asked.unanswered || !acts) return make("span", "requested", text);
    return make("span", "requested", text, " ", button(bed, deed, what, "ask again"));
  }
  return acts ? button(bed, deed, what, title) : "";
}

function button(bed, deed, what, title) {
  const one = make("button", "", title);
  one.type = "button";
  Object.assign(one.dataset, { deed, patient: bed.patient, ...(what ? { [deed === "end" ? "ends" : "alert"]: what } : {}) });
  return one;
}

// A setting of one kind: it can be asked for where it does not hold, and ended where it does.
function drawSetting(bed, acts, kind) {
  const [title, reasons] = SETTINGS[kind];
  if (bed.held.includes(kind)) return make("p", "", drawRequest(bed, "end", kind, acts, `end: ${title}`));
  const line = make("p", "", drawRequest(bed, kind, null, acts, title));
  if (line.querySelector("button")) {
    const reason = make("select", "", ...reasons.map((text) => make("option", "", text)));
    reason.setAttribute("aria-label", `reason: ${title}`);
    line.append(" ", reason);
  }
  return line;
}

// The alarms of one bed that are there, with what may be done about each, under a heading.
export function drawAlarms(bed, acts, heading) {
  const lines = bed.alarms.length ? [make(heading, "", "Alarms")] : [];
  for (const alarm of bed.alarms) {
    const text = `${clock(alarm.since)} ${MARKS[alarm.priority]} ${alarm.text} (${note(alarm)}), said ${ageText(alarm.heard)} ago`;
    const line = make("p", "", text);
    line.append(" ", drawAsked(bed, alarm.alert, acts));
    lines.push(line);
  }
  for (const kind of Object.keys(SETTINGS)) {
    if (acts || bed.requested.some((one) => one.deed === kind || one.ends === kind)) lines.push(drawSetting(bed, acts, kind));
  }
  return lines;
}
