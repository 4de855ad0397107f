import type { ReactNode } from "react";
import { Logo } from "../../ui/Logo.js";
import { ThemeToggle } from "../../ui/ThemeToggle.js";
import "./signin.css";

/** The quiet page around sign-in and team choice. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <main className="frame">
      <div className="frame-corner">
        <ThemeToggle />
      </div>
      <div className="frame-card">
        <div className="brand">
          <Logo size={36} />
          <strong>Fieldcast</strong>
        </div>
        {children}
      </div>
    </main>
  );
}
