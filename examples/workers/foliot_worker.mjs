// A worker for Foliot in plain JavaScript, without any package: the worker protocol over HTTP. For Node 18 and later.
//
// It leases runs, does them at the same time, renews their leases, ends them in batches, heeds cancellations and
// timeouts, and hands back what is left when it is told to stop.
//
//   FOLIOT_URL=http://127.0.0.1:8080 FOLIOT_API_KEY=fol_… node foliot_worker.mjs

import { access } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

/** The server refused a request for good: to send it again would change nothing. */
export class Refused extends Error {}

/** A run in hand. `signal` is aborted when the attempt is to stop: give it to `fetch` and the like. */
export class Run {
  constructor(worker, leased) {
    Object.assign(this, { id: leased.run_id, lease: leased.lease, type: leased.type, payload: leased.payload });
    Object.assign(this, { attempt: leased.attempt, parents: leased.parents });
    this.worker = worker;
    this.controller = new AbortController();
    this.signal = this.controller.signal;
    this.stopped = null; // "cancelled", "timed_out", "lost" or "handed_back"
    this.timer = setTimeout(() => this.stop("timed_out"), Math.min(leased.timeout_seconds * 1000, 2 ** 31 - 1));
  }

  /** How all that is said of it names it: with its fencing token. */
  get hold() {
    return { run_id: this.id, lease: this.lease };
  }

  /** For the worker: from now on the attempt is to stop. */
  stop(why) {
    if (this.stopped === null || why === "lost") this.stopped = why;
    this.controller.abort(new Error(`the attempt is to stop: ${why}`));
  }

  /** Tell how far it is, from 0 to 1. */
  progress(fraction, message = "") {
    this.worker.notes.push({ ...this.hold, fraction, message });
  }

  /** Leave a line on the run's event log. */
  log(message, fields = {}) {
    this.worker.notes.push({ ...this.hold, message, fields });
  }
}

/** Does runs of the types that it has handlers for, so many at once. */
export class Worker {
  constructor({ url, key, name = `${hostname()}-${process.pid}`, slots = 8, waitSeconds = 5 }) {
    Object.assign(this, { url: url.replace(/\/$/, ""), key, name, slots, waitSeconds });
    this.types = [];
    this.handlers = new Map();
    this.inHand = new Map();
    this.outcomes = [];
    this.notes = [];
    this.heartbeatSeconds = 5;
    this.stopping = false;
    this.over = false;
    this.freed = () => {};
    this.ended = () => {};
  }

  /** Declare a handler; `policy` has members of the type: `queue`, `retry`, `arguments` … */
  job(name, policy, handler) {
    this.types.push({ name, ...policy });
    this.handlers.set(name, handler);
  }

  stop() {
    this.stopping = true;
    this.freed();
  }

  /** Work until `stop` is called; then finish what is in hand, or hand it back after the grace. */
  async run(graceSeconds = 10) {
    await this.#ask("types", { types: this.types });
    const helpers = [this.#renew(), this.#finish()];
    while (!this.stopping) await this.#lease();
    await this.#drain(graceSeconds);
    this.over = true;
    this.ended();
    await Promise.all(helpers);
  }

  /**
   * Lease no more than can be begun at once: whoever leases and lets wait, keeps others from doing it. What is asked for
   * is waited for, also when the worker is to stop: else what it hands back might be given to it again, unheard.
   */
  async #lease() {
    const limit = this.slots - this.inHand.size;
    if (limit < 1) return new Promise((resolve) => (this.freed = resolve));
    const wish = { worker: this.name, types: [...this.handlers.keys()], limit, wait_seconds: this.waitSeconds };
    const answer = await this.#ask("lease", wish, { mayFail: true });
    if (answer === null) return undefined;
    this.heartbeatSeconds = answer.heartbeat_seconds;
    for (const leased of answer.runs) {
      const run = new Run(this, leased);
      this.inHand.set(run.id, run);
      this.#do(run);
    }
    return undefined;
  }

  async #do(run) {
    let outcome;
    try {
      outcome = { outcome: "succeeded", result: (await this.handlers.get(run.type)(run)) ?? null };
    } catch (error) {
      const told = { message: String(error?.message ?? error), type: error?.name ?? "Error", trace: error?.stack ?? "" };
      outcome = run.stopped ? { outcome: run.stopped } : { outcome: "failed", error: told };
    }
    clearTimeout(run.timer);
    this.#end(run, outcome);
  }

  /** Say it once: of a run that is lost nothing, of one that was handed back nothing more. */
  #end(run, outcome) {
    if (this.inHand.get(run.id) !== run || run.stopped === "lost" || run.isSaid) return;
    run.isSaid = true;
    this.outcomes.push({ ...run.hold, ...outcome });
    this.ended();
  }

  /** What is not done by the end of the grace goes back to the queue, and burns no attempt. */
  async #drain(graceSeconds) {
    const endsAt = Date.now() + graceSeconds * 1000;
    while (this.inHand.size && Date.now() < endsAt) await sleep(20);
    for (const run of this.inHand.values()) {
      run.stop("handed_back");
      this.#end(run, { outcome: "handed_back" });
    }
    while (this.inHand.size) await sleep(20);
  }

  /** Renew all leases in hand three times in their life, and hear what is lost or to be cancelled. */
  async #renew() {
    while (!this.over) {
      await this.#untilItIsTime(Date.now());
      await this.#sendNotes();
      const runs = [...this.inHand.values()].map((run) => run.hold);
      const answer = runs.length ? await this.#ask("heartbeat", { runs }, { mayFail: true }) : null;
      for (const item of answer?.items ?? []) {
        const run = this.inHand.get(item.run_id);
        if (!run || run.lease !== item.lease) continue;
        if (item.state === "lost") {
          run.stop("lost");
          this.#letGo(run);
        } else if (item.state === "cancelling") run.stop("cancelled");
      }
    }
  }

  /** End attempts, many in a call: all that ended while the last call was under way. */
  async #finish() {
    while (!this.over || this.outcomes.length) {
      if (!this.outcomes.length) await new Promise((resolve) => (this.ended = resolve));
      const outcomes = this.outcomes.splice(0, 500);
      if (!outcomes.length) continue;
      await this.#sendNotes();
      for (const item of await this.#told(outcomes)) {
        // A refused one is of no use any more: its lease is lost, and another does the run.
        const run = this.inHand.get(item.run_id);
        if (run?.lease === item.lease) this.#letGo(run);
      }
    }
  }

  /** What became of them. Where the server takes not all at once, it is asked of each. */
  async #told(outcomes) {
    try {
      return (await this.#ask("finish", { outcomes })).items;
    } catch (error) {
      if (outcomes.length > 1) return (await Promise.all(outcomes.map((each) => this.#told([each])))).flat();
      console.error(`${error.message}; its lease will run out`);
      return outcomes;
    }
  }

  #letGo(run) {
    if (this.inHand.get(run.id) === run) this.inHand.delete(run.id);
    clearTimeout(run.timer);
    this.freed();
  }

  async #sendNotes() {
    const notes = this.notes.splice(0, 500);
    if (notes.length) await this.#ask("progress", { notes }, { mayFail: true });
  }

  /** Return a third of a lease after that, or at the end; the first lease tells how long that is. */
  async #untilItIsTime(renewedAt) {
    while (Date.now() - renewedAt < this.heartbeatSeconds * 1000 && !this.over) await sleep(50);
  }

  /** The answer. What fails for the moment is tried again, unless it may fail: then null is the answer. */
  async #ask(what, body, { mayFail = false } = {}) {
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await fetch(`${this.url}/v1/worker/${what}`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${this.key}` },
          body: JSON.stringify(body),
        });
        if (answer.ok) return await answer.json();
        if (answer.status < 500 && answer.status !== 429) throw new Refused(`${what}: ${await answer.text()}`);
      } catch (error) {
        if (error instanceof Refused) throw error; // else the server is away, or the answer was cut
      }
      const pause = 100 + Math.random() * Math.min(5000, 200 * 2 ** Math.min(attempt, 10));
      await sleep(mayFail ? Math.min(pause, 1000) : pause);
      if (mayFail) return null;
    }
  }
}

// -- your handlers

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { FOLIOT_URL: url, FOLIOT_API_KEY: key, SLOTS = 8 } = process.env;
  const worker = new Worker({ url, key, slots: Number(SLOTS) });

  worker.job("count.words", { arguments: { type: "object", required: ["text"] } }, async (run) => {
    const words = run.payload.text.split(/\s+/).filter(Boolean).length;
    run.progress(1, `${words} words`);
    return { words };
  });

  worker.job("wait", { timeout_seconds: 3600, retry: { max_attempts: 5 } }, async (run) => {
    run.log("begun", { pid: process.pid, attempt: run.attempt });
    const isThere = () => access(run.payload.path ?? "").then(() => true, () => false);
    const endsAt = Date.now() + (run.payload.seconds ?? 600) * 1000;
    while (Date.now() < endsAt && !(await isThere())) await sleep(20, undefined, { signal: run.signal });
    return worker.name;
  });

  for (const name of ["SIGTERM", "SIGINT"]) process.on(name, () => worker.stop());
  await worker.run(Number(process.env.GRACE_SECONDS ?? 10));
}
