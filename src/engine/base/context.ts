/** What the engine is given instead of globals: it never prints, reads a clock or draws a random number by itself. */
export interface Logger {
  debug(message: string, data?: Record<string, unknown>): void;
  info(message: string, data?: Record<string, unknown>): void;
  warn(message: string, data?: Record<string, unknown>): void;
  error(message: string, data?: Record<string, unknown>): void;
}

export interface ProgressReport {
  /** What is being done, for people: "calibrate", "evaluate int8". */
  phase: string;
  done: number;
  /** Upper bound of `done`; never grows while a phase runs. */
  total: number;
  /** "pictures", "layers". */
  unit: string;
}

export interface ProgressSink {
  report(progress: ProgressReport): void;
}

export interface Clock {
  /** Milliseconds since 1970, for records. */
  now(): number;
  /** Milliseconds from an arbitrary origin, monotonic, for durations. */
  monotonic(): number;
}

export interface Context {
  logger: Logger;
  progress: ProgressSink;
  signal: AbortSignal;
  clock: Clock;
  /** ONNX Runtime intra-op threads. Never changes a result. */
  threads: number;
  /** Bytes that the job may take at most; absent: what the machine has. */
  memory?: number;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** A context for tests and small tools: silent, never cancelled, one thread. */
export function plainContext(overrides: Partial<Context> = {}): Context {
  return {
    logger: silentLogger,
    progress: { report() {} },
    signal: new AbortController().signal,
    clock: systemClock,
    threads: 1,
    ...overrides,
  };
}
