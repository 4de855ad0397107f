import { FieldcastError } from "@fieldcast/sdk";
import { describe, expect, it } from "vitest";
import { refusalText } from "../src/app/refusal.js";
import { cleanToken, takeTokenFromAddress } from "../src/app/session.js";
import { ago, compass, delay, duration, initials, shortCount, speed } from "../src/ui/format.js";

describe("values for people", () => {
  it.each([
    [0, "just now"],
    [999, "just now"],
    [1_000, "1 s ago"],
    [59_999, "59 s ago"],
    [60_000, "1 min ago"],
    [3_600_000, "1 h ago"],
    [2 * 86_400_000, "2 d ago"],
  ])("%i ms: %s", (ms, text) => expect(ago(ms)).toBe(text));

  it("are as exact as they need be", () => {
    expect([delay(41.7), delay(1_290), delay(31_000)]).toEqual(["42 ms", "1.3 s", "31 s"]);
    expect(duration(47 * 3_600_000)).toBe("47 h");
    expect(speed(10)).toBe("36 km/h");
    expect([0, 22.4, 22.6, 359, -45, 720].map(compass)).toEqual(["N", "N", "NE", "N", "NW", "N"]);
    expect([999, 1_000, 1_290, 9_990, 10_400].map(shortCount)).toEqual(["999", "1k", "1.2k", "9.9k", "10k"]);
    expect(["Daniyar Seitkali", "van-12", "ölaf", "", "😀 x"].map(initials)).toEqual(["DS", "V1", "Ö", "?", "😀X"]);
  });
});

describe("the token", () => {
  const open = (address: string) => {
    const url = new URL(address);
    let shown = address;
    const token = takeTokenFromAddress(
      url as unknown as Location,
      { state: null, replaceState: (_: unknown, __: string, to: string) => (shown = to) } as unknown as History,
    );
    return { token, shown };
  };

  it("is taken from the fragment and leaves the address", () => {
    expect(open("http://x/?team=north#token=ey.a.b")).toEqual({ token: "ey.a.b", shown: "/?team=north" });
    expect(open("http://x/#a=1&token=t")).toEqual({ token: "t", shown: "/#a=1" });
  });
  it("is not looked for elsewhere", () => {
    expect(open("http://x/?token=t")).toEqual({ token: null, shown: "http://x/?token=t" });
  });
  it("is cleaned of what comes along when it is copied", () => {
    expect(cleanToken(' "Bearer  ey.a\n.b" ')).toBe("ey.a.b");
  });
});

describe("refusals", () => {
  const error = (code: string, status: number, text = "bad signature") =>
    new FieldcastError(text, { code, status, temporary: false });
  it("say what helps", () => {
    expect(refusalText(error("unauthenticated", 401))).toBe("The server does not accept this token. Bad signature.");
    expect(refusalText(error("token_expired", 401))).toMatch(/expired/);
    expect(refusalText(error("forbidden", 403))).toMatch(/manager/);
    expect(refusalText(error("internal_error", 500, "It broke."))).toBe("It broke.");
    expect(refusalText(new TypeError("x"))).toMatch(/Try again/);
  });
});
