// Where a page gets its messages: from the worker that all tabs share, or where there is none by a connection of its own.

import { Source } from "./source.js";

// `user`: what one user may see is not for the next one of the same browser.
export function follow(take, user) {
  if (typeof SharedWorker === "undefined") {
    new Source(take);
    return;
  }
  const worker = new SharedWorker("/page/shared.js", { type: "module", name: `wardwatch ${user ?? ""}` });
  worker.port.addEventListener("message", (event) => take(event.data));
  worker.port.start();
  window.addEventListener("pagehide", () => worker.port.postMessage("leaving"));
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // it had left
  });
}
