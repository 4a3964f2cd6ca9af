// Which view the address names: the part after `#`, so that a bed can be linked to, and a reload shows the same.

const SPANS = ["2", "8", "24"];

export function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, patient] = path.split("/");
  const asked = new URLSearchParams(query);
  if (name === "bed" && patient) {
    const hours = SPANS.includes(asked.get("hours")) ? asked.get("hours") : SPANS[1];
    return { name, patient: decoded(patient), hours, suppressed: asked.has("suppressed") };
  }
  if (["alarms", "technical", "wall"].includes(name)) return { name, show: asked.get("show") ?? "alarms" };
  return { name: "ward" };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a broken address names a bed that is not there
  }
}

export function bedHash(patient, hours = null, suppressed = false) {
  const query = new URLSearchParams({ ...(hours ? { hours } : {}), ...(suppressed ? { suppressed: "yes" } : {}) });
  return `#/bed/${encodeURIComponent(patient)}${query.size ? `?${query}` : ""}`;
}

export { SPANS };
