// Keeps the page like the ward that the server tells of, and says so where it can't.

import { drawAlarm, drawBed, isSilent, isUnjudged, make } from "./card.js";
import { act, enter } from "./desk.js";
import { follow } from "./link.js";
import { morphChildren } from "./morph.js";
import { ageText, clock, now, setNow, silenceMs } from "./time.js";

const OLD_AFTER_MS = 4000; // the server gives a sign of life every second
const DRAWN_WITHIN_MS = 50;
const REPLAY_MS = 120_000; // between what the newest number says and now; ours
const PRIORITIES = ["high", "medium", "low"];
const KEPT_SAID = 5;

const beds = new Map();
const opened = new Set();
const said = [];
let ward = null;
let drawing = null;
let began = Date.now();
let acts = false; // the user may acknowledge and pause

const at = (id) => document.getElementById(id);

// Why nothing that is shown can be relied on, and why nobody judges it; the text of each stays the same while it lasts.
function warnings() {
  const silent = ward ? silenceMs() : Date.now() - began;
  const found = [];
  if (silent > OLD_AFTER_MS) {
    found.push(`The board's server has been silent since ${clock(now() - silent, true)}: what you see is old.`);
  } else if (ward?.fault) {
    found.push(`${ward.fault.text} Since ${clock(ward.fault.since, true)} what you see is old.`);
  }
  const isCut = found.length > 0;
  for (const one of ward?.status ?? []) if (one.grave) found.push(sentence(one));
  return { isCut, found };
}

function sentence(one) {
  return `${one.component}: ${one.text}${one.since ? ` (since ${clock(one.since, true)})` : ""}`;
}

function statuses() {
  const lines = (ward?.status ?? []).filter((one) => !one.grave).map(sentence);
  if (ward?.measured && now() - Date.parse(ward.measured) > REPLAY_MS) {
    lines.push(`The newest number was measured at ${clock(ward.measured)}, ${ageText(ward.measured)} ago: a replay or a backlog.`);
  }
  return lines.map((line) => make("li", "", line));
}

function byOrder(one, other) {
  for (let place = 0; place < Math.max(one.order.length, other.order.length); place += 1) {
    const [a, b] = [one.order[place], other.order[place]];
    if (!a || !b) return a ? 1 : -1;
    for (let part = 0; part < 3; part += 1) if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1;
  }
  return one.patient < other.patient ? -1 : 1;
}

function sounding() {
  const all = [...beds.values()].flatMap((bed) => bed.alarms.filter((alarm) => alarm.first).map((alarm) => ({ bed, alarm })));
  const key = ({ bed, alarm }) => `${PRIORITIES.indexOf(alarm.priority)} ${new Date(alarm.since).toISOString()} ${bed.patient} ${alarm.alert}`;
  return all.map((one) => [key(one), one]).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function draw() {
  drawing = null;
  const { isCut, found } = warnings();
  const alarms = sounding();
  const all = [...beds.values()].sort(byOrder);
  const [unjudged, silent] = [all.filter(isUnjudged).length, all.filter(isSilent).length];
  document.body.classList.toggle("cut", isCut);
  at("clock").textContent = ward ? clock(now(), true) : "--:--:--";
  at("alarm-count").textContent = alarms.length || (isCut || unjudged || found.length ? "none known" : "none");
  const doubts = [unjudged && `${unjudged} not watched`, silent && `${silent} silent`].filter(Boolean).join(", ");
  at("bed-count").textContent = all.length ? `${all.length}${doubts ? `: ${doubts}` : ""}` : "none heard yet";
  morphChildren(at("old"), found.map((text) => make("p", "", text)));
  at("old").hidden = !found.length;
  morphChildren(at("status"), statuses());
  morphChildren(at("alarms"), alarms.map(drawAlarm));
  morphChildren(at("beds"), all.map((bed) => drawBed(bed, opened.has(bed.patient), acts)));
}

function soon() {
  drawing ??= setTimeout(draw, DRAWN_WITHIN_MS);
}

// For who can't see the page: new alarms one after the other.
function announce(step) {
  said.push(`${step.priority} alarm, bed ${step.bed}: ${step.text}`);
  while (said.length > KEPT_SAID) said.shift();
  morphChildren(at("said"), said.map((text) => make("p", "", text)));
}

function take(message) {
  if (message.kind === "whole") {
    beds.clear();
    for (const bed of message.beds) beds.set(bed.patient, bed);
    if (message.ward) take({ kind: "ward", ward: message.ward, ageMs: message.ageMs });
  } else if (message.kind === "bed") {
    beds.set(message.bed.patient, message.bed);
  } else if (message.kind === "gone") {
    beds.delete(message.patient);
  } else if (message.kind === "alarm") {
    announce(message.step);
  } else if (message.kind === "ward") {
    ward = message.ward;
    setNow(ward.now, message.ageMs ?? 0);
  }
  soon();
}

at("beds").addEventListener(
  "toggle",
  (event) => {
    const patient = event.target.dataset.patient;
    if (event.target.open) opened.add(patient);
    else opened.delete(patient);
    soon();
  },
  true,
);
at("beds").addEventListener("click", act);
enter((user) => {
  acts = user.acts;
  began = Date.now();
  follow(take);
  setInterval(() => document.hidden || draw(), 1000);
});
document.addEventListener("visibilitychange", () => document.hidden || soon());
