// Draws the view for a wall: every bed with what can be read from afar, and nothing to be touched.

import { MARKS, isUnjudged, note } from "./alarm.js";
import { make } from "./make.js";
import { morphChildren } from "./morph.js";
import { drawNumber, drawScore, heard, isSilent, loudestOf, statesOf, unjudged, VITALS, worstOf } from "./numbers.js";

const FEW = 12; // ours: so many beds have room on a screen of 1920 x 1080 in letters for 4 m
const SHOWN = ["heart_rate_bpm", "spo2_percent"];
const at = (id) => document.getElementById(id);

function drawTile(bed) {
  const [worst, loudest] = [worstOf(bed), loudestOf(bed)];
  const tile = make("article", `far ${statesOf(bed)}`);
  tile.dataset.key = bed.patient;
  const mark = worst ? make("span", "mark", MARKS[worst.priority]) : "";
  tile.append(make("h3", "bed-name", bed.label, " ", mark));
  if (isUnjudged(bed)) tile.append(make("p", "warn", unjudged(bed)));
  if (isSilent(bed)) tile.append(make("p", "warn", heard(bed)));
  for (const one of new Set([worst, loudest])) if (one) tile.append(make("p", isUnjudged(bed) ? "old" : "", `${note(one)}: ${one.text}`));
  tile.append(...bed.settings.map((text) => make("p", "off", text)));
  tile.append(make("div", "numbers", ...VITALS.filter(([name]) => SHOWN.includes(name)).map((vital) => drawNumber(vital, bed)), drawScore(bed)));
  return tile;
}

export function drawWall(beds) {
  const heading = make("h2", "", `Beds: ${beds.length}${beds.length > FEW ? ", more than can be read from afar" : ""}`);
  const tiles = make("div", `tiles${beds.length > FEW ? " many" : ""}`, ...beds.map((bed) => drawTile({ ...bed, alarms: bed.alarms.filter((alarm) => alarm.first) })));
  morphChildren(at("wall"), [heading, tiles]);
}
