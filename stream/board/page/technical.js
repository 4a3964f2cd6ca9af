// Draws how the parts of Wardwatch stand: workers, broker, Redis, silent beds and sensors. Nothing of a patient.

import { head } from "./chart.js";
import { make } from "./make.js";
import { morphChildren } from "./morph.js";
import { ageText, clock } from "./time.js";

const at = (id) => document.getElementById(id);

function section(title, ...content) {
  const part = make("section", "part", make("h3", "", title), ...content);
  part.dataset.key = title;
  return part;
}

function table(caption, heads, rows, empty) {
  if (!rows.length) return make("p", "dim", empty);
  const lines = rows.map(({ cells: [first, ...others], bad }) => make("tr", bad ? "bad" : "", head("row", first), ...others.map((text) => make("td", "", text))));
  const columns = make("thead", "", make("tr", "", ...heads.map((text) => head("col", text))));
  return make("div", "wide", make("table", "", make("caption", "", caption), columns, make("tbody", "", ...lines)));
}

const ago = (moment) => (moment ? `${ageText(moment)} ago` : "never");

function drawServers(told) {
  const { link } = told;
  const dead = told.dead_letters;
  const rows = [
    { cells: ["broker", link.fault ?? "answers", `last answer ${ago(link.answered)}`], bad: Boolean(link.fault) },
    { cells: ["this board", link.read ? "has read what the broker had" : "still reads what was said before", link.read ? ago(link.read) : ""], bad: !link.read },
    { cells: ["Redis, by the workers' word", told.redis_away ? "away" : told.workers.some((one) => one.lives) ? "not said to be away" : "not known: no worker is there", ""], bad: told.redis_away },
    { cells: ["dead letters", dead === null ? "not known" : `${dead}`, "see: wardwatch dead-letters list"], bad: dead > 0 },
  ];
  return section("Servers", table("Broker, Redis and this board", ["part", "state", "more"], rows));
}

function drawWorkers(told) {
  const rows = told.workers.map((one) => ({
    cells: [one.worker, one.watches.length ? one.watches.join(", ") : "none", ago(one.heard), one.lag_s === null ? "not that far yet" : `${Math.round(one.lag_s)} s`, one.lives ? "there" : "not there"],
    bad: !one.lives,
  }));
  const gaps = told.gaps.map((one) => make("p", "warn", `${one.text}${one.since ? ` (since ${clock(one.since, true)})` : ""}`));
  return section("Workers", ...gaps, table("Signs of life of the last day", ["worker", "partitions", "last sign of life", "lag", "state"], rows, "None has given a sign of life."));
}

function drawAway(told) {
  const rows = told.away.map((one) => ({ cells: [[one.component, one.part].filter(Boolean).join(" "), one.text, clock(one.since, true)], bad: true }));
  return section("What is away", table("As workers and gateways say", ["part", "what they say", "since"], rows, "Nothing."));
}

function drawBeds(told) {
  const rows = told.beds.map((one) => ({ cells: [one.bed ?? "without a name", one.what, clock(one.since, true)], bad: true }));
  return section("Silent beds and sensors", table("Beds that send nothing, sensors that are off, clocks that are wrong", ["bed", "what", "since"], rows, "None."));
}

function drawRecords(told) {
  const rows = Object.entries(told.records).map(([topic, count]) => ({ cells: [topic, `${count}`] }));
  return section("Records", table(`Read by this board since ${clock(told.link.began)}`, ["topic", "records"], rows, "None."));
}

export function drawTechnicalView(asked) {
  const heading = make("h2", "", "Technical state");
  heading.tabIndex = -1;
  const told = asked.content;
  const parts = [heading];
  if (asked.failedAt) parts.push(make("p", "warn", `The board does not answer: this is what was known at ${clock(asked.failedAt, true)}.`));
  if (!told) parts.push(make("p", asked.error ? "warn" : "dim", asked.error ? `${asked.error}.` : "It is being fetched."));
  else parts.push(drawServers(told), drawWorkers(told), drawAway(told), drawBeds(told), drawRecords(told));
  if (told) parts.push(make("p", "dim", "Codes of senders that no profile knows: wardwatch gateway unknown, on the gateway's machine."));
  morphChildren(at("technical"), parts);
}
