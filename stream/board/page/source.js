// The one connection to the board's server, and the picture of the ward that its events build up.

const REOPEN_AFTER_MS = 15_000; // a connection that says nothing for so long is given up: it may be half open

export class Source {
  // `tell` gets every change as a message; `whole()` is the message for who comes later.
  constructor(tell) {
    this.tell = tell;
    this.beds = new Map();
    this.ward = null;
    this.newsAt = Date.now();
    this.open();
    setInterval(() => this.check(), 1000);
  }

  open() {
    this.news = new EventSource("/events"); // comes back by itself after a break, and says what it saw last
    this.openedAt = Date.now();
    const on = (name, take) =>
      this.news.addEventListener(name, (event) => {
        this.newsAt = Date.now();
        take(JSON.parse(event.data));
      });
    on("begin", () => {
      this.beds.clear();
      this.tell({ kind: "whole", beds: [], ward: this.ward, ageMs: 0 });
    });
    on("bed", (bed) => {
      this.beds.set(bed.patient, bed);
      this.tell({ kind: "bed", bed });
    });
    on("gone", (patient) => {
      this.beds.delete(patient);
      this.tell({ kind: "gone", patient });
    });
    on("alarm", (step) => this.tell({ kind: "alarm", step }));
    on("ward", (ward) => {
      if (!ward) return;
      this.ward = ward;
      this.tell({ kind: "ward", ward });
    });
  }

  check() {
    const silentMs = Date.now() - Math.max(this.newsAt, this.openedAt);
    if (this.news.readyState === EventSource.CLOSED ? silentMs > 2000 : silentMs > REOPEN_AFTER_MS) {
      this.news.close();
      this.open();
    }
  }

  whole() {
    return { kind: "whole", beds: [...this.beds.values()], ward: this.ward, ageMs: Date.now() - this.newsAt };
  }
}
