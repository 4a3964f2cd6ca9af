// Draws the view of the whole ward: its alarms by urgency, and the tiles of its beds.

import { drawAlarm, isUnjudged } from "./alarm.js";
import { drawBed } from "./card.js";
import { morphChildren } from "./morph.js";
import { isSilent } from "./numbers.js";

const PRIORITIES = ["high", "medium", "low"];
const opened = new Set();
const at = (id) => document.getElementById(id);

export function byOrder(one, other) {
  for (let place = 0; place < Math.max(one.order.length, other.order.length); place += 1) {
    const [a, b] = [one.order[place], other.order[place]];
    if (!a || !b) return a ? 1 : -1;
    for (let part = 0; part < 3; part += 1) if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1;
  }
  return one.patient < other.patient ? -1 : 1;
}

// The alarms of the ward with their beds, the most urgent first, then the oldest.
export function sounding(beds) {
  const all = beds.flatMap((bed) => bed.alarms.filter((alarm) => alarm.first).map((alarm) => ({ bed, alarm })));
  const key = ({ bed, alarm }) => `${PRIORITIES.indexOf(alarm.priority)} ${new Date(alarm.since).toISOString()} ${bed.patient} ${alarm.alert}`;
  return all.map((one) => [key(one), one]).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

// `beds` are in the order in which they are shown; `doubtful`: that none is known does not mean that there is none.
export function drawWard(beds, acts, doubtful) {
  const alarms = sounding(beds);
  const [unjudged, silent] = [beds.filter(isUnjudged).length, beds.filter(isSilent).length];
  at("alarm-count").textContent = alarms.length || (doubtful || unjudged ? "none known" : "none");
  const doubts = [unjudged && `${unjudged} not watched`, silent && `${silent} silent`].filter(Boolean).join(", ");
  at("bed-count").textContent = beds.length ? `${beds.length}${doubts ? `: ${doubts}` : ""}` : "none heard yet";
  morphChildren(at("alarms"), alarms.map(drawAlarm));
  morphChildren(at("beds"), beds.map((bed) => drawBed(bed, opened.has(bed.patient), acts)));
}

export function onTiles(changed) {
  at("beds").addEventListener(
    "toggle",
    (event) => {
      const patient = event.target.dataset.patient;
      if (event.target.open) opened.add(patient);
      else opened.delete(patient);
      changed();
    },
    true,
  );
}
