import { Channel } from '../src/protocol/transport.ts';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

// VS Code gives this object once.
const api = acquireVsCodeApi();

/** The way to the extension. */
export const channel = new Channel((message) => api.postMessage(message));
window.addEventListener('message', (event) => channel.receive(event.data));

/** What this view kept when it was last shown, if that is of the form `start` has. */
export function keptState<State extends object>(start: State): State {
  const kept = api.getState();
  return typeof kept === 'object' && kept !== null ? { ...start, ...kept } : start;
}

export const keepState = (state: object): void => api.setState(state);
