// Keeps the page like the ward that the server tells of, and says so where it can't.

import { MARKS, sounds } from "./alarm.js";
import { drawAlarmsView } from "./alarms.js";
import { Asked } from "./asked.js";
import { drawBedView } from "./bed.js";
import { act, enter } from "./desk.js";
import { follow } from "./link.js";
import { make } from "./make.js";
import { morphChildren } from "./morph.js";
import { route } from "./route.js";
import { sound, turn } from "./sound.js";
import { drawTechnicalView } from "./technical.js";
import { ageText, clock, now, setNow, silenceMs } from "./time.js";
import { drawWall } from "./wall.js";
import { byOrder, drawWard, onTiles, sounding } from "./ward.js";

const OLD_AFTER_MS = 4000; // the server gives a sign of life every second
const DRAWN_WITHIN_MS = 50;
const REPLAY_MS = 120_000; // between what the newest number says and now; ours
const KEPT_SAID = 5;
const VIEWS = ["ward", "bed", "alarms", "technical", "wall"]; // of several that a user may see the first is shown
const TITLES = { ward: "Ward", bed: "Bed", alarms: "Alarms", technical: "Technical state", wall: "Wall" };
const SOUND_LOOK_MS = 250;

const beds = new Map();
const said = [];
let ward = null;
let drawing = null;
let began = Date.now();
let may = new Set(); // what the user may see and do
const asked = new Asked(soon);

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

function draw() {
  drawing = null;
  const { isCut, found } = warnings();
  const where = shown();
  const all = [...beds.values()].sort(byOrder);
  document.body.classList.toggle("cut", isCut);
  at("clock").textContent = ward ? clock(now(), true) : "--:--:--";
  morphChildren(at("old"), found.map((text) => make("p", "", text)));
  at("old").hidden = !found.length;
  morphChildren(at("status"), statuses());
  drawLinks(where, sounding(all));
  document.body.dataset.view = where.name;
  document.title = `${TITLES[where.name]} · Wardwatch board`;
  for (const main of document.querySelectorAll("main[data-view]")) main.hidden = main.dataset.view !== where.name;
  asked.follow(pathOf(where));
  if (where.name === "ward") drawWard(all, may.has("act"), isCut || found.length > 0);
  if (where.name === "bed") drawBedView(beds.get(where.patient), where, may.has("act"), asked);
  if (where.name === "alarms") drawAlarmsView(asked, where, beds, may.has("act"));
  if (where.name === "technical") drawTechnicalView(asked);
  if (where.name === "wall") drawWall(all);
}

// A board that can't see is itself an alarm: silence must not be taken for peace.
function loudest() {
  const heard = sounding([...beds.values()]).filter(({ bed, alarm }) => sounds(alarm, bed)).map(({ alarm }) => alarm.priority);
  const { found } = warnings();
  return heard[0] === "high" ? "high" : found.length ? "medium" : (heard[0] ?? null);
}

// The view that the address names, or else the first that the user may see.
function shown() {
  const where = route();
  return may.has(where.name) ? where : { ...where, name: VIEWS.find((name) => may.has(name)) };
}

function pathOf(where) {
  if (where.name === "bed") return `/bed/${encodeURIComponent(where.patient)}/${where.hours}`;
  return where.name === "alarms" || where.name === "technical" ? `/${where.name}` : null;
}

function drawLinks(where, alarms) {
  for (const one of at("views").querySelectorAll("a")) {
    one.parentElement.hidden = !may.has(one.dataset.view);
    if (one.dataset.view === where.name) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  const worst = alarms[0]?.alarm;
  at("ward-alarms").textContent = worst ? ` ${MARKS[worst.priority]} ${alarms.length}` : "";
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

onTiles(soon);
document.querySelectorAll("main").forEach((main) => main.addEventListener("click", act));
window.addEventListener("hashchange", () => {
  draw();
  document.querySelector("main:not([hidden]) h2")?.focus(); // what can't be focused keeps the focus where it is
});
enter((user) => {
  may = new Set(user.may);
  began = Date.now();
  follow(take, user.name);
  setInterval(() => document.hidden || draw(), 1000);
  at("sound").hidden = false;
  at("sound-button").addEventListener("click", () => turn().finally(() => sound(loudest())));
  setInterval(() => sound(loudest()), SOUND_LOOK_MS); // in a hidden tab too
});
document.addEventListener("visibilitychange", () => document.hidden || soon());
