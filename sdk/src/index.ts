export { FieldcastApi, type ApiOptions, type Me, type Team, type Ticket } from "./api.js";
export {
  FieldcastClient,
  type ClientOptions,
  type LinkState,
  type Network,
  type Socket,
  type SocketConstructor,
} from "./client.js";
export type { ServerClock } from "./clock.js";
export { FieldcastError, type ErrorDetails } from "./errors.js";
export * from "./protocol.js";
export { type Agent, type Change, type View, Watch } from "./watch.js";
