// The token: taken from the address or the sign-in page, kept for this tab only.

const KEY = "fieldcast.token";

/** `#token=…` is taken and leaves the address bar at once, so that it is not copied or kept as history. */
export function takeTokenFromAddress(location: Location, history: History): string | null {
  const fragment = new URLSearchParams(location.hash.replace(/^#/u, ""));
  const token = fragment.get("token");
  if (token === null) return null;
  fragment.delete("token");
  const rest = fragment.toString();
  history.replaceState(history.state, "", location.pathname + location.search + (rest === "" ? "" : `#${rest}`));
  return cleanToken(token);
}

/** What people paste: with `Bearer`, quotes, line breaks. */
export function cleanToken(text: string): string {
  return text
    .trim()
    .replace(/^["']|["']$/gu, "")
    .replace(/^bearer\s+/iu, "")
    .replace(/\s+/gu, "");
}

export const storedToken = {
  read(): string | null {
    return sessionStorage.getItem(KEY);
  },
  write(token: string): void {
    sessionStorage.setItem(KEY, token);
  },
  clear(): void {
    sessionStorage.removeItem(KEY);
  },
};
