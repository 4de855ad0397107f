// The page alone: many agents, and servers that end connections, by a made-up server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, mapReady, openPage, until } from "./browser.mjs";
import { NORDIC, startFakeServer } from "./fake-server.mjs";
import { makeFleet } from "./fleet.mjs";

const DOM_NODES_MAX = 800;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

async function open(t, options, path = "/#token=good", pageOptions = {}) {
  const server = await startFakeServer(options);
  const { page, seen } = await openPage(browser, pageOptions);
  t.after(async () => {
    await page.context().close();
    await server.stop();
  });
  await page.goto(server.url + path);
  return { server, page, seen };
}

const nodes = (page) => page.evaluate(() => document.querySelectorAll("*").length);

test("ten thousand agents fit into few elements, and the list scrolls through all of them", async (t) => {
  const fleet = makeFleet({ count: 10_000, places: NORDIC });
  const { page, seen } = await open(t, { teams: { north: fleet }, updatesPerS: 500 });
  await mapReady(page, fleet.length);
  assert.ok((await nodes(page)) <= DOM_NODES_MAX, `${await nodes(page)} elements`);

  const last = fleet.map(({ name }) => name).toSorted(new Intl.Collator("en", { sensitivity: "base" }).compare).at(-1);
  await page.evaluate(() => {
    const rows = document.querySelector(".rows");
    rows.scrollTop = rows.scrollHeight;
  });
  await page.locator(".row").last().getByText(last).waitFor();
  assert.ok((await nodes(page)) <= DOM_NODES_MAX, `${await nodes(page)} elements after scrolling`);

  await page.keyboard.press("/");
  await page.keyboard.type("unit-9999");
  await until(page, () => document.querySelectorAll(".row").length === 1);
  assert.deepEqual(seen.errors, []);
});

test("filters show who is in which state, with counts", async (t) => {
  const fleet = makeFleet({ count: 60, places: NORDIC });
  const { page, server } = await open(t, { teams: { north: fleet } });
  const parked = fleet.filter(({ presence }) => presence === "parked");
  const filter = page.getByRole("button", { name: `${parked.length} Parked` });
  await filter.click();
  await until(page, (count) => document.querySelectorAll(".row").length === Math.min(count, 20), parked.length);
  const since = new Date().toISOString();
  server.publish("north", { type: "presence", agent: parked[0].agent, state: "online", since });
  await page.getByRole("button", { name: `${parked.length - 1} Parked` }).waitFor();
});

test("several teams: one is chosen, another switched to, and the address tells which", async (t) => {
  const places = [[60, 10, 0.1, 1]];
  const teams = { north: makeFleet({ count: 5, places }), south: makeFleet({ count: 3, places }) };
  const { page } = await open(t, { teams });
  await page.getByRole("button", { name: /north/ }).click();
  await mapReady(page, 5);
  await page.getByRole("combobox", { name: "Team" }).selectOption("south");
  await until(page, () => window.fieldcast?.agents().length === 3);
  assert.equal(new URL(page.url()).search, "?team=south");
  await page.goBack();
  await until(page, () => window.fieldcast?.agents().length === 5);
});

test("following keeps the agent in sight until the map is dragged", async (t) => {
  const fleet = makeFleet({ count: 1, places: [[60, 10, 0.01, 1]] });
  const { page, server } = await open(t, { teams: { north: fleet } });
  await mapReady(page, 1);
  await page.locator(".row").click();
  const follow = page.getByRole("button", { name: /^Follow/ });
  await follow.click();
  assert.equal(await follow.getAttribute("aria-pressed"), "true");
  const moved = { ...fleet[0], lat: 20, lon: 30, recorded_at: new Date(Date.now() + 1000).toISOString() };
  server.publish("north", { type: "update", positions: [moved] });
  const inSight = () =>
    page.locator(".bubble").evaluate((bubble) => {
      const { left, top } = bubble.getBoundingClientRect();
      return left > 340 && left < window.innerWidth && top > 56 && top < window.innerHeight;
    });
  await until(page, () => window.fieldcast.agents()[0].geometry.coordinates[1] === 20);
  await until(page, () => window.fieldcast.idle());
  assert.ok(await inSight(), "the map went along");
  await page.mouse.move(900, 800);
  await page.mouse.down();
  await page.mouse.move(800, 700, { steps: 5 });
  await page.mouse.up();
  await until(page, () => document.querySelector(".card .primary")?.getAttribute("aria-pressed") === "false");
});

test("a connection that the server ends for good is said, and can be tried again", async (t) => {
  const { page, server } = await open(t, { teams: { north: makeFleet({ count: 2, places: NORDIC }) } });
  await mapReady(page, 2);
  server.closeSockets(4009);
  await page.getByRole("alert").getByText(/The server ended the connection.*4009/).waitFor();
  await page.getByRole("button", { name: "Try now" }).click();
  await until(page, () => window.fieldcast.link().kind === "live");
});

test("a session that ends leads back to the sign-in page, with the reason", async (t) => {
  const { page, server } = await open(t, { teams: { north: makeFleet({ count: 2, places: NORDIC }) } });
  await mapReady(page, 2);
  server.closeSockets(4001);
  await page.getByRole("alert").getByText(/You were signed out/).waitFor();
  await page.getByLabel("Access token").waitFor();
});

test("on a phone the list and the map take turns", async (t) => {
  const fleet = makeFleet({ count: 30, places: NORDIC });
  const { page } = await open(t, { teams: { north: fleet } }, undefined, { viewport: { width: 390, height: 780 } });
  await mapReady(page, 30);
  assert.equal(await page.locator(".agents").isVisible(), false);
  await page.getByRole("button", { name: "Show the list" }).click();
  await page.locator(".row").first().click();
  assert.equal(await page.locator(".agents").isVisible(), false);
  await page.locator(".card").waitFor();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `${width} pixels wide`);
});
