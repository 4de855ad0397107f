import { Moon, Sun } from "lucide-react";
import { chooseTheme, useTheme } from "./theme.js";

export function ThemeToggle() {
  const theme = useTheme();
  const next = theme === "dark" ? "light" : "dark";
  const label = `Switch to ${next} colours`;
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={() => chooseTheme(next)}>
      {theme === "dark" ? <Sun size={18} /> : <Moon size={18} />}
    </button>
  );
}
