// Waiting for conditions by deadline. Nothing in these tests sleeps in place of a condition.
import { setTimeout as delay } from 'node:timers/promises';

/** Deadlines grow by this under sanitizers; they say when to give up, never how long to wait. */
export const factor = Number(process.env.FIELDCAST_TIME_FACTOR ?? 1);
export const patience = (seconds) => seconds * factor * 1000;

/** Polls until `probe` gives something truthy, and returns it. Exceptions of the probe count as "not yet". */
export async function until(what, probe, seconds = 10) {
  const ends = Date.now() + patience(seconds);
  let last;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > ends) throw new Error(`no ${what} within ${patience(seconds) / 1000} s; last: ${last?.stack ?? JSON.stringify(last)}`);
    await delay(20);
  }
}

/** The promise's value, or an error that names what did not come. */
export function within(promise, what, seconds = 10, describe = () => '') {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${patience(seconds) / 1000} s. ${describe()}`)), patience(seconds));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
