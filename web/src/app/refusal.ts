import { FieldcastError } from "@fieldcast/sdk";

/** Why it did not work, and what helps, for people. */
export function refusalText(error: unknown): string {
  if (!(error instanceof FieldcastError)) return "Something went wrong. Try again.";
  switch (error.code) {
    case "token_expired":
      return "This token has expired. Ask for a new one.";
    case "unreachable":
      return "The server cannot be reached. Is it running, and is the network up?";
    case "forbidden":
      return "This token may not watch a team. A manager's or an admin's token is needed.";
    case "not_fieldcast":
      return "Whatever answered is not a Fieldcast server.";
    default:
  }
  if (error.signIn) return `The server does not accept this token. ${sentence(error.message)}`;
  return sentence(error.message);
}

function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1) + (/[.!?]$/u.test(trimmed) ? "" : ".");
}
