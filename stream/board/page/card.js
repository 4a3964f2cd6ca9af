// Draws the tile of a bed.

import { drawAlarms } from "./alarm.js";
import { link, make } from "./make.js";
import { drawHead, heard, isSilent, statesOf } from "./numbers.js";
import { bedHash } from "./route.js";
import { clock } from "./time.js";

function drawMore(bed, acts) {
  const more = make("div");
  const air = { true: "supplemental oxygen", false: "air" }[bed.on_oxygen];
  const observed = [air, bed.consciousness].filter(Boolean).join(", ");
  if (observed) more.append(make("p", "dim", observed));
  if (bed.news2?.missing.length) more.append(make("p", "dim", `NEWS2 lacks ${bed.news2.missing.join(", ")}`));
  if (bed.risk?.sentence) {
    more.append(make("h4", "", `Forecast for ${bed.risk.horizon_h} h, of ${clock(bed.risk.time)}`), make("p", "", bed.risk.sentence));
  }
  more.append(...drawAlarms(bed, acts, "h4"));
  if (bed.device_alarms.length) more.append(make("h4", "", "Alarms of the devices themselves"));
  for (const alarm of bed.device_alarms) {
    more.append(make("p", "", `${clock(alarm.time)} ${alarm.text}${alarm.priority ? `, ${alarm.priority}` : ""}`));
  }
  if (bed.suggestions.length) more.append(make("h4", "", "Proposals, never orders"));
  for (const one of bed.suggestions) {
    more.append(make("p", "", `${clock(one.time)} ${one.text}`), make("p", "dim", `${one.source} (${one.reference})`));
    for (const voice of one.voices) more.append(make("p", "", `Another guideline: ${voice.text}`), make("p", "dim", voice.source));
    if (one.inputs.length) more.append(make("p", "dim", `looked at: ${one.inputs.join(", ")}`));
    if (one.missing.length) more.append(make("p", "dim", `not known: ${one.missing.join(", ")}`));
    if (one.to_check.length) more.append(make("p", "dim", `check: ${one.to_check.join("; ")}`));
  }
  if (bed.reports.length) more.append(make("h4", "", "Preliminary image reports"));
  for (const report of bed.reports) more.append(make("p", "", `${clock(report.time)} ${report.text}`));
  return more;
}

export function drawBed(bed, isOpen, acts) {
  const card = make("details", statesOf(bed));
  card.dataset.patient = bed.patient;
  const name = make("h3", "bed-name", bed.label, make("span", "dim who", ` ${bed.who}`));
  const head = make("div", "top", name, make("span", isSilent(bed) ? "warn" : "age", heard(bed)));
  card.append(make("summary", "", head, ...drawHead(bed)), isOpen ? drawMore(bed, acts) : make("div"));
  const tile = make("article", "tile", card, link(bedHash(bed.patient), `open bed ${bed.label}`));
  tile.dataset.key = bed.patient;
  return tile;
}
