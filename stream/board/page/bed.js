// Draws the view of one bed: how it stands now, from the stream, above what it was, which is asked for.

import { drawAlarms } from "./alarm.js";
import { link, make } from "./make.js";
import { morphChildren } from "./morph.js";
import { drawHead, heard, isSilent, statesOf } from "./numbers.js";
import { drawPast } from "./past.js";
import { bedHash, SPANS } from "./route.js";
import { clock } from "./time.js";

const at = (id) => document.getElementById(id);
let drawn = null; // of what the lower part was drawn

function drawSpans(where) {
  const spans = make("p", "spans", "The last ");
  for (const hours of SPANS) {
    const one = link(bedHash(where.patient, hours, where.suppressed), `${hours} h`);
    if (hours === where.hours) one.setAttribute("aria-current", "true");
    spans.append(one, " ");
  }
  return spans;
}

function drawNow(bed, where, acts) {
  const name = make("h2", "bed-name", `Bed ${bed.label}`, make("span", "dim who", ` ${bed.who}`));
  name.tabIndex = -1;
  const top = make("div", "top", name, make("span", isSilent(bed) ? "warn" : "age", heard(bed)));
  const air = { true: "supplemental oxygen", false: "air" }[bed.on_oxygen];
  const observed = [air, bed.consciousness].filter(Boolean).join(", ");
  const card = make("div", `now ${statesOf(bed)}`, top, ...drawHead(bed));
  if (observed) card.append(make("p", "dim", observed));
  card.append(make("div", "there", ...drawAlarms(bed, acts, "h3")));
  if (bed.reports.length) card.append(make("h3", "", "Preliminary image reports"));
  for (const report of bed.reports) card.append(make("p", "", `${clock(report.time)} ${report.text}`));
  return [make("p", "", link("#/", "back to the ward")), card, drawSpans(where)];
}

export function drawBedView(bed, where, acts, asked) {
  const absent = make("h2", "", "There is no such bed here.");
  absent.tabIndex = -1;
  morphChildren(at("bed-now"), bed ? drawNow(bed, where, acts) : [make("p", "", link("#/", "back to the ward")), absent]);
  const key = [location.hash, asked.content, asked.error, asked.failedAt];
  if (bed && drawn?.every((one, place) => one === key[place])) return;
  drawn = key;
  morphChildren(at("bed-past"), bed ? drawPast(asked, where) : []);
}
