import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';

/** A message of JSON-RPC 2.0. */
interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

export interface Notification {
  readonly method: string;
  readonly params: unknown;
}

/** What a client answers when the server asks it something, by method. */
export type Answers = Readonly<Record<string, (params: unknown) => unknown>>;

/** A failure that the server answered with. */
export class ResponseError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * A client of the Language Server Protocol without any library: what an editor that knows nothing of Lathe has. Frames by
 * Content-Length in bytes, as the protocol says.
 */
export class LspClient {
  readonly process: ChildProcessWithoutNullStreams;
  readonly notifications: Notification[] = [];
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
  stderr = '';
  #buffer = Buffer.alloc(0);
  #lastId = 0;
  readonly #pending = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  readonly #waiting = new Set<{ wanted: (notification: Notification) => boolean; resolve: (params: unknown) => void }>();
  readonly #answers: Answers;

  constructor(command: string, args: readonly string[], answers: Answers = {}) {
    this.#answers = answers;
    this.process = spawn(command, args);
    this.process.stderr.on('data', (text) => (this.stderr += text));
    this.process.stdout.on('data', (data: Buffer) => this.#read(data));
    // The server may have gone: that is what some tests are about.
    this.process.stdin.on('error', () => {});
    this.exited = new Promise((resolve) => this.process.once('close', resolve));
    void this.exited.then((code) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`the server ended with ${code}: ${this.stderr}`));
    });
  }

  request<T>(method: string, params: unknown): Promise<T> & { readonly id: number } {
    const id = ++this.#lastId;
    const answer = new Promise<T>((resolve, reject) => this.#pending.set(id, { resolve: resolve as (result: unknown) => void, reject }));
    this.send({ id, method, params });
    return Object.assign(answer, { id });
  }

  notify(method: string, params?: unknown): void {
    this.send({ method, params });
  }

  send(message: Message): void {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }), 'utf8');
    this.process.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.process.stdin.write(body);
  }

  /** The parameters of the first notification from now on that is wanted; of one that came before with `past`. */
  next<T>(method: string, wanted: (params: T) => boolean = () => true, past = false): Promise<T> {
    const fits = (notification: Notification): boolean => notification.method === method && wanted(notification.params as T);
    const found = past ? this.notifications.find(fits) : undefined;
    if (found) return Promise.resolve(found.params as T);
    return new Promise((resolve) => this.#waiting.add({ wanted: fits, resolve: resolve as (params: unknown) => void }));
  }

  async initialize(params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const result = await this.request<Record<string, unknown>>('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      ...params,
    });
    this.notify('initialized', {});
    return result;
  }

  open(uri: string, text: string, version = 1): void {
    this.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'compression-config', version, text } });
  }

  change(uri: string, version: number, contentChanges: readonly unknown[]): void {
    this.notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
  }

  /** Shutdown and exit, as the protocol wants them; the exit code. */
  async end(): Promise<number | null> {
    await this.request('shutdown', undefined);
    this.notify('exit');
    return this.exited;
  }

  #read(data: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    for (;;) {
      const headerEnd = this.#buffer.indexOf('\r\n\r\n');
      if (headerEnd < 0) return;
      const length = Number(/^Content-Length: (\d+)$/im.exec(this.#buffer.toString('ascii', 0, headerEnd))?.[1]);
      const start = headerEnd + 4;
      if (this.#buffer.length < start + length) return;
      const body = this.#buffer.toString('utf8', start, start + length);
      this.#buffer = this.#buffer.subarray(start + length);
      this.#take(JSON.parse(body) as Message);
    }
  }

  #take({ id, method, params, result, error }: Message): void {
    if (method !== undefined && id !== undefined) {
      const answer = this.#answers[method];
      this.send(answer ? { id, result: answer(params) ?? null } : { id, error: { code: -32601, message: `no ${method}` } });
    } else if (method !== undefined) {
      const notification = { method, params };
      this.notifications.push(notification);
      for (const waiting of this.#waiting) {
        if (!waiting.wanted(notification)) continue;
        this.#waiting.delete(waiting);
        waiting.resolve(params);
      }
    } else if (typeof id === 'number') {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) pending?.reject(new ResponseError(error.code, error.message));
      else pending?.resolve(result);
    }
  }
}
