import "@fontsource-variable/inter/wght.css";
import "../ui/tokens.css";
import "../ui/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { applyTheme, storedTheme } from "../ui/theme.js";
import { App } from "./App.js";
import { storedToken, takeTokenFromAddress } from "./session.js";

// Before anything else runs: the token must not stay in the address.
const given = takeTokenFromAddress(window.location, window.history);
if (given !== null) storedToken.write(given);
applyTheme(storedTheme());

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
// A link with a token may be opened in a tab that shows the page already.
window.addEventListener("hashchange", () => {
  const next = takeTokenFromAddress(window.location, window.history);
  if (next === null) return;
  storedToken.write(next);
  window.location.reload();
});
