// Where a page gets its messages: from the worker that all tabs share, or where there is none by a connection of its own.

import { Source } from "./source.js";

export function follow(take) {
  if (typeof SharedWorker === "undefined") {
    new Source(take);
    return;
  }
  const worker = new SharedWorker("/page/shared.js", { type: "module", name: "wardwatch" });
  worker.port.addEventListener("message", (event) => take(event.data));
  worker.port.start();
  window.addEventListener("pagehide", () => worker.port.postMessage("leaving"));
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // it had left
  });
}
