// Draws the ward that the server pushes. Everything that comes in is set as text, never as markup.

const OLD_AFTER_MS = 10_000; // without news of our own server
const UNHEARD_AFTER_MS = 60_000; // without a record from the broker
const AGE_AFTER_MS = 300_000; // a number that is older than this against its bed says how old it is; our choice
const VITALS = [
  ["heart_rate_bpm", "HR /min", 0], ["respiratory_rate_per_min", "RR /min", 0], ["spo2_percent", "SpO₂ %", 0],
  ["systolic_mmhg", "SBP mmHg", 0], ["temperature_celsius", "temp °C", 1],
];
const FULL_TREND = 0.16; // the risk that fills the height of the trend, as in the terminal
const PHASES = { ack: "acknowledged", latched: "latched", on: "", off: "" };

let ward = null;
let newsAt = performance.now();
const opened = new Set();

function make(tag, classes = "", text = "") {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  element.textContent = text;
  return element;
}

function clock(moment) {
  return new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

function note(alarm) {
  const parts = [alarm.priority, PHASES[alarm.signal], alarm.presence ? "" : "condition over"];
  if (alarm.in_silence) parts.push("in silence while NEWS2 alarms");
  if (alarm.history) parts.push("read from a backlog");
  if (alarm.recipients > 1) parts.push("for the next group too");
  if (alarm.confirmed_by.length) parts.push("a device alarms too");
  return parts.filter(Boolean).join(", ");
}

function drawAlarm(alarm) {
  const row = make("li", alarm.priority);
  row.append(make("span", "bed-name", alarm.bed));
  const said = make("span", "", alarm.text);
  said.append(make("span", "dim", ` (${note(alarm)})`));
  row.append(said, make("time", "", clock(alarm.since)));
  return row;
}

function drawNumber([name, title, decimals], bed) {
  const box = make("div");
  const vital = bed.vitals[name];
  const number = make("b", "", "·");
  if (vital && vital.value === null) {
    number.textContent = "off";
    number.className = "off";
  } else if (vital) {
    number.textContent = vital.value.toFixed(decimals);
    number.className = vital.points ? `points-${vital.points}` : "";
  }
  const ageMs = vital && bed.time ? new Date(bed.time) - new Date(vital.time) : 0;
  if (ageMs > AGE_AFTER_MS) number.classList.add("aged");
  box.append(number, make("span", "", ageMs > AGE_AFTER_MS ? `${title}, ${Math.round(ageMs / 60_000)} min` : title));
  return box;
}

function drawTrend(shares) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 100 24");
  svg.setAttribute("preserveAspectRatio", "none");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  const step = shares.length > 1 ? 100 / (shares.length - 1) : 100;
  const points = shares.map((share, at) => `${at * step},${23 - 22 * Math.min(1, share / FULL_TREND)}`);
  line.setAttribute("points", points.join(" "));
  svg.append(line);
  return svg;
}

function drawScores(bed) {
  const row = make("div", "top");
  const news = make("span", "", "NEWS2 ");
  if (bed.news2) {
    news.append(make("span", `band band-${bed.news2.band}`, String(bed.news2.total)));
    if (!bed.news2.complete) news.append(make("span", "dim", ` to ${bed.news2.upper}, partial`));
  } else {
    news.append(make("span", "dim", "·"));
  }
  const risk = make("span", "", "sepsis ");
  if (!bed.risk) risk.append(make("span", "dim", "·"));
  else if (bed.risk.abstained) risk.append(make("span", "dim", "knows too little"));
  else risk.append(make("b", bed.risk.alarm ? "points-3" : "", `${(bed.risk.probability * 100).toFixed(1)} %`));
  if (bed.risk && bed.risk.trend.length > 1) risk.append(" ", drawTrend(bed.risk.trend));
  row.append(news, risk);
  return row;
}

function drawMore(bed) {
  const more = make("div");
  const air = { true: "supplemental oxygen", false: "air" }[bed.on_oxygen];
  const observed = [air, bed.consciousness].filter(Boolean).join(", ");
  if (observed) more.append(make("p", "dim", observed));
  if (bed.news2 && bed.news2.missing.length) more.append(make("p", "dim", `NEWS2 lacks ${bed.news2.missing.join(", ")}`));
  if (bed.risk && bed.risk.sentence) {
    more.append(make("h3", "", `Forecast for ${bed.risk.horizon_h} h`), make("p", "", bed.risk.sentence));
  }
  if (bed.alarms.length) more.append(make("h3", "", "Alarms"));
  for (const alarm of bed.alarms) more.append(make("p", "", `${clock(alarm.since)} ${alarm.text} (${note(alarm)})`));
  if (bed.device_alarms.length) more.append(make("h3", "", "Alarms of the devices themselves"));
  for (const alarm of bed.device_alarms) {
    more.append(make("p", "", `${clock(alarm.time)} ${alarm.text}${alarm.priority ? `, ${alarm.priority}` : ""}`));
  }
  if (bed.suggestions.length) more.append(make("h3", "", "Proposals, never orders"));
  for (const one of bed.suggestions) {
    more.append(make("p", "", one.text), make("p", "dim", one.source));
    if (one.missing.length) more.append(make("p", "dim", `not known: ${one.missing.join(", ")}`));
    if (one.to_check.length) more.append(make("p", "dim", `check: ${one.to_check.join("; ")}`));
  }
  if (bed.reports.length) more.append(make("h3", "", "Preliminary image reports"));
  for (const report of bed.reports) more.append(make("p", "", `${clock(report.time)} ${report.text}`));
  return more;
}

function drawBed(bed) {
  const card = make("details", bed.alarms.length ? bed.alarms[0].priority : "");
  card.open = opened.has(bed.patient);
  card.addEventListener("toggle", () => (card.open ? opened.add(bed.patient) : opened.delete(bed.patient)));
  const head = make("div", "top");
  head.append(make("span", "bed-name", bed.label), make("span", "dim", bed.who));
  head.append(make("span", bed.silent ? "off" : "dim", bed.silent ? "silent" : bed.time ? clock(bed.time) : ""));
  const numbers = make("div", "numbers");
  numbers.append(...VITALS.map((vital) => drawNumber(vital, bed)));
  const summary = make("summary");
  summary.append(head, ...bed.settings.map((text) => make("div", "off", text)), numbers, drawScores(bed));
  card.append(summary, drawMore(bed));
  return card;
}

function draw() {
  document.getElementById("clock").textContent = new Date(ward.now).toLocaleTimeString([], { hour12: false });
  document.getElementById("alarm-count").textContent = ward.alarms.length || "none";
  document.getElementById("bed-count").textContent = ward.beds.length || "none heard yet";
  document.getElementById("alarms").replaceChildren(...ward.alarms.map(drawAlarm));
  document.getElementById("status").replaceChildren(
    ...ward.status.map((one) => make("li", "", `${one.component}: ${one.text} (since ${clock(one.since)})`)),
  );
  const focused = document.activeElement?.closest("details")?.dataset.patient;
  document.getElementById("beds").replaceChildren(
    ...ward.beds.map((bed) => {
      const card = drawBed(bed);
      card.dataset.patient = bed.patient;
      return card;
    }),
  );
  if (focused) document.querySelector(`details[data-patient="${CSS.escape(focused)}"] summary`)?.focus();
}

function warn() {
  const silence = performance.now() - newsAt;
  const banner = document.getElementById("old");
  let text = "";
  if (silence > OLD_AFTER_MS) {
    text = `The board's server has been silent for ${Math.round(silence / 1000)} s: what you see is old.`;
  } else if (ward && ward.heard === null) {
    text = "Nothing has been heard from the broker yet.";
  } else if (ward && new Date(ward.now) - new Date(ward.heard) > UNHEARD_AFTER_MS) {
    text = `Nothing heard from the broker since ${clock(ward.heard)}: what you see is old.`;
  }
  banner.textContent = text;
  banner.hidden = !text;
}

const news = new EventSource("/events"); // comes back by itself after a break
news.addEventListener("message", (event) => {
  ward = JSON.parse(event.data);
  newsAt = performance.now();
  draw();
  warn();
});
setInterval(warn, 1000);
