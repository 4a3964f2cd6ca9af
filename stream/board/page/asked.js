// What a view asks the server for beside the stream, again and again while it is looked at.

import { now } from "./time.js";

const AGAIN_MS = 5000;

export class Asked {
  // `told` is called when an answer has come.
  constructor(told) {
    this.told = told;
    this.path = null;
    setInterval(() => this.path && !document.hidden && this.ask(), AGAIN_MS);
    document.addEventListener("visibilitychange", () => this.path && !document.hidden && this.ask());
  }

  // Ask for a path from now on; null: for nothing.
  follow(path) {
    if (path === this.path) return;
    Object.assign(this, { path, content: null, error: null, failedAt: null });
    if (path) this.ask();
  }

  async ask() {
    const path = this.path;
    try {
      const answer = await fetch(path);
      const content = await answer.json();
      if (path !== this.path) return;
      if (answer.ok) Object.assign(this, { content, error: null, failedAt: null });
      else Object.assign(this, { content: null, error: content.error });
    } catch {
      if (path === this.path) this.failedAt ??= new Date(now()).toISOString();
    }
    this.told();
  }
}
