export { FieldcastApi, type ApiOptions, type Me, type Team, type Ticket } from "./api.js";
export { FieldcastClient } from "./client.js";
export type { ServerClock } from "./clock.js";
export { FieldcastError, type ErrorDetails } from "./errors.js";
export type { ClientOptions, LinkState, Network, Socket, SocketConstructor } from "./options.js";
export * from "./protocol.js";
export { type Agent, type Change, type View, Watch } from "./watch.js";
