// A headless Chromium, and what a page tells.

import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--enable-unsafe-swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launch() {
  const executablePath = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

/** A page that remembers every request and every error of its own. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1600, height: 1000 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000 * factor);
  const seen = { requests: [], errors: [] };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("websocket", (socket) => seen.requests.push(socket.url()));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") seen.errors.push(message.text());
  });
  return { page, seen };
}

/** Deadlines grow by this on slow machines; they say when to give up, never how long to wait. */
const factor = Number(process.env.FIELDCAST_TIME_FACTOR ?? 1);

/** Waits until `look` gives something true in the page, and gives it. */
export async function until(page, look, argument, timeout = 60_000) {
  const handle = await page.waitForFunction(look, argument, { timeout: timeout * factor, polling: 50 });
  return handle.jsonValue();
}

/** The map has been given as many agents, and has drawn all that it has. Software drawing is slow. */
export async function mapReady(page, agents) {
  await until(page, (count) => (window.fieldcast?.agents().length ?? -1) >= count, agents);
  await until(page, () => window.fieldcast?.idle());
}
