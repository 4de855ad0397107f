import { ArrowRight, CircleAlert, Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { cleanToken } from "../../app/session.js";
import { Frame } from "./Frame.js";

export function SignIn({ problem, onToken }: { problem: string | null; onToken: (token: string) => void }) {
  const [text, setText] = useState("");
  const [shown, setShown] = useState(false);
  const token = cleanToken(text);
  return (
    <Frame>
      <h1>Sign in</h1>
      <p className="muted">Paste your access token to see your teams live on the map.</p>
      {problem !== null && (
        <p className="problem" role="alert">
          <CircleAlert size={17} /> <span>{problem}</span>
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (token !== "") onToken(token);
        }}
      >
        <label htmlFor="token">Access token</label>
        <div className="field">
          <input
            id="token"
            name="token"
            type={shown ? "text" : "password"}
            value={text}
            placeholder="eyJhbGciOi…"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            // The page has nothing else to do.
            ref={(input) => input?.focus()}
            onChange={(event) => setText(event.target.value)}
          />
          <button
            type="button"
            className="icon-button"
            aria-label={shown ? "Hide the token" : "Show the token"}
            onClick={() => setShown(!shown)}
          >
            {shown ? <EyeOff size={17} /> : <Eye size={17} />}
          </button>
        </div>
        <button type="submit" className="primary" disabled={token === ""}>
          Sign in <ArrowRight size={17} />
        </button>
      </form>
      <p className="hint">
        Whoever runs this server makes one with <code>fieldcast token</code>. It is kept in this tab only.
      </p>
    </Frame>
  );
}
