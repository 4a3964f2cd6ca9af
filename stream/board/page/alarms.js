// Draws the view of all alarms of the last day, with their whole life, as a filter lets them through.

import { drawAsked } from "./alarm.js";
import { link, make } from "./make.js";
import { morphChildren } from "./morph.js";
import { drawDeviceStep, drawStory } from "./stories.js";
import { clock } from "./time.js";

const FILTERS = [
  ["alarms", "alarms", (one) => !one.informs],
  ["sounding", "sounding", (one) => one.signal === "on" || one.signal === "latched"],
  ["acknowledged", "acknowledged", (one) => one.signal === "ack"],
  ["suppressed", "suppressed or inactivated", (one) => one.suppressed || Boolean(one.inactivation)],
  ["technical", "technical", (one) => one.type === "technical"],
  ["device", "of devices", () => false],
  ["information", "information, which never sounds", (one) => one.informs],
  ["all", "all", () => true],
];
const at = (id) => document.getElementById(id);

function drawFilters(told, show) {
  const list = make("ul", "filters");
  for (const [name, title, lets] of FILTERS) {
    const count = name === "device" ? told.device_alarms.length : told.alarms.filter(lets).length;
    const one = link(`#/alarms?show=${name}`, `${title} (${count})`);
    if (name === show) one.setAttribute("aria-current", "true");
    list.append(make("li", "", one));
  }
  return list;
}

function listed(items, drawn) {
  return items.length ? make("ol", "", ...items.map(drawn)) : make("p", "dim", "None.");
}

export function drawAlarmsView(asked, where, beds, acts) {
  const heading = make("h2", "", "Alarms of the last day");
  heading.tabIndex = -1;
  const told = asked.content;
  if (!told) {
    morphChildren(at("all-alarms"), [heading, make("p", asked.error ? "warn" : "dim", asked.error ? `${asked.error}.` : "They are being fetched.")]);
    return;
  }
  const [name, title, lets] = FILTERS.find(([known]) => known === where.show) ?? FILTERS[0];
  const ours = (one) => drawStory(one, true, drawAsked(beds.get(one.patient), one.alert, acts));
  const devices = (one) => drawDeviceStep(one, true);
  const parts = [heading, drawFilters(told, name)];
  if (asked.failedAt) parts.push(make("p", "warn", `The board does not answer: this is what was known at ${clock(asked.failedAt, true)}.`));
  parts.push(make("p", "dim", `Those that go on, and what has changed since ${clock(told.since)}. The newest first.${told.left_off ? ` ${told.left_off} more that are over are not listed.` : ""}`));
  const columns = make("div", "beside");
  if (name !== "device") columns.append(make("div", "", make("h3", "", `Ours: ${title}`), listed(told.alarms.filter(lets), ours)));
  if (name === "device" || name === "alarms" || name === "all") columns.append(make("div", "", make("h3", "", "Of the devices themselves"), listed(told.device_alarms, devices)));
  parts.push(columns);
  morphChildren(at("all-alarms"), parts);
}
