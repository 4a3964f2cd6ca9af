// Makes what is on the page like what was drawn anew, and touches only what differs: selections, focus and what is
// opened stay as they are.

export function morph(old, next) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== next.data) old.data = next.data;
    return;
  }
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
  }
  morphChildren(old, [...next.childNodes]);
}

// Children with a key are found again by it wherever they stand; the others by their place.
export function morphChildren(parent, nexts) {
  const keyed = new Map();
  for (const child of parent.childNodes) if (child.dataset?.key) keyed.set(child.dataset.key, child);
  const wanted = new Set(nexts.map((next) => next.dataset?.key).filter(Boolean));
  for (const [key, child] of keyed) if (!wanted.has(key)) child.remove();
  let at = parent.firstChild;
  for (const next of nexts) {
    const key = next.dataset?.key;
    const old = key ? keyed.get(key) : at;
    if (old && !(old.dataset?.key && !key) && old.nodeName === next.nodeName) {
      if (old !== at) parent.insertBefore(old, at);
      morph(old, next);
      at = old.nextSibling;
    } else {
      parent.insertBefore(next, at);
    }
  }
  while (at) {
    const after = at.nextSibling;
    at.remove();
    at = after;
  }
}
