// Makes elements. Everything that comes in is set as text, never as markup.

export function make(tag, classes = "", ...content) {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  element.append(...content);
  return element;
}

export function link(hash, text, classes = "") {
  const one = make("a", classes, text);
  one.href = hash;
  return one;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes) {
  const one = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  return one;
}
