// Runs once for all tabs of a browser: a browser opens six connections to a server, and a seventh tab would hang.

import { Source } from "./source.js";

const ports = new Set();
const source = new Source((message) => ports.forEach((port) => port.postMessage(message)));

self.addEventListener("connect", (event) => {
  const [port] = event.ports;
  port.addEventListener("message", () => ports.delete(port)); // the one thing that a page says: it is leaving
  port.start();
  port.postMessage(source.whole());
  ports.add(port);
});
