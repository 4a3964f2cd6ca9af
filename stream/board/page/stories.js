// Draws the life of alarms: from their begin to their end, with every step between.

import { MARKS } from "./alarm.js";
import { link, make } from "./make.js";
import { bedHash } from "./route.js";
import { clock } from "./time.js";

const SIGNALS = { on: "sounding", latched: "sounding until acknowledged", ack: "acknowledged", off: "" };

function state(one) {
  const names = [...new Set(one.by)].join(", ");
  const asked = [...new Set(one.asked)].join(", ");
  const parts = [one.priority, one.type === "technical" ? "technical" : "", `${SIGNALS[one.signal]}${names && one.signal === "ack" ? ` by ${names}` : ""}`];
  if (one.suppressed) parts.push("suppressed by a greater alarm");
  if (one.inactivation) parts.push(one.inactivation);
  if (names && one.signal !== "ack") parts.push(`acknowledged before by ${names}`);
  if (asked && one.signal !== "ack") parts.push(`acknowledgement asked for by ${asked}`);
  parts.push(one.end ? `ended ${clock(one.end)}` : one.presence ? "not over" : "condition over");
  return parts.filter(Boolean).join(", ");
}

function drawSteps(one) {
  const list = make("ol", "steps");
  for (const step of one.steps) {
    list.append(make("li", "", make("time", "", clock(step.time, true)), ` ${step.what}${step.priority ? `, ${step.priority}` : ""}`, make("span", "dim", ` ${step.text}`)));
  }
  return list;
}

// One alarm; `bed` names and links its bed where alarms of several stand together, `deed` is what may be done.
export function drawStory(one, bed = false, deed = "") {
  const item = make("li", `alarm ${one.presence || one.signal !== "off" ? one.priority : ""}`);
  item.dataset.key = one.alert;
  const steps = make("details", "behind", make("summary", "", one.steps.length === 1 ? "1 step" : `${one.steps.length} steps`), drawSteps(one));
  const said = make("div", "", one.text, make("span", "dim", ` (${state(one)})`), " ", deed, steps);
  const where = bed ? make("span", "bed-name", link(bedHash(one.patient), one.bed)) : make("span");
  if (bed) item.classList.add("of-bed");
  item.append(make("span", "mark", MARKS[one.priority]), where, said, make("span", "when", make("time", "", clock(one.begin))));
  return item;
}

export function drawDeviceStep(one, bed = false) {
  const item = make("li", `alarm ${one.state === "inactive" ? "" : (one.priority ?? "")}`);
  item.dataset.key = `${one.patient ?? ""} ${one.time} ${one.text} ${one.phase}`;
  const said = make("div", "", one.text, make("span", "dim", ` (${[one.priority ?? "no priority", one.phase, one.state].join(", ")})`));
  const where = bed ? make("span", "bed-name", link(bedHash(one.patient), one.bed)) : make("span");
  if (bed) item.classList.add("of-bed");
  item.append(make("span", "mark", MARKS[one.priority] ?? ""), where, said, make("span", "when", make("time", "", clock(one.time))));
  return item;
}
