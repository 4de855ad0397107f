import { CircleAlert } from "lucide-react";
import { useEffect } from "react";
import { Frame } from "./Frame.js";

interface Props {
  problem?: string;
  onRetry?: () => void;
  onSignOut?: () => void;
}

const RETRY_AFTER_MS = 5_000;

/** While the server is asked, or when it did not answer: then it is asked again by itself. */
export function Waiting({ problem, onRetry, onSignOut }: Props) {
  useEffect(() => {
    if (!onRetry) return;
    const timer = setTimeout(onRetry, RETRY_AFTER_MS);
    return () => clearTimeout(timer);
  }, [onRetry]);
  if (problem === undefined) {
    return (
      <main className="frame" aria-busy="true">
        <span className="spinner" role="status" aria-label="Signing in" />
      </main>
    );
  }
  return (
    <Frame>
      <h1>No connection</h1>
      <p className="problem" role="alert">
        <CircleAlert size={17} /> <span>{problem}</span>
      </p>
      <div className="frame-actions">
        <button type="button" className="primary" onClick={onRetry}>
          Try again
        </button>
        <button type="button" className="link" onClick={onSignOut}>
          Use another token
        </button>
      </div>
    </Frame>
  );
}
