import type { Check } from './check.ts';

/** A message without an answer. `Body` is plain data. */
export interface Notice<Body> {
  readonly name: string;
  /** What comes from a view has one: a body of another shape is refused. */
  readonly check?: Check<Body> | undefined;
  /** Never set: carries the type. */
  readonly body?: Body;
}

/** A message with one answer, which may be an error. */
export interface Question<Body, Answer> {
  readonly name: string;
  /** As of a notice. */
  readonly check?: Check<Body> | undefined;
  /** Never set: carry the types. */
  readonly body?: Body;
  readonly answer?: Answer;
}

export const notice = <Body>(name: string, check?: Check<Body>): Notice<Body> => ({ name, check });
export const question = <Body, Answer>(name: string, check?: Check<Body>): Question<Body, Answer> => ({ name, check });

type Envelope =
  | { kind: 'notice'; name: string; body: unknown }
  | { kind: 'question'; name: string; id: number; body: unknown }
  | { kind: 'answer'; id: number; body: unknown }
  | { kind: 'error'; id: number; message: string };

interface Handler {
  readonly check: ((body: unknown) => boolean) | undefined;
  readonly handle: (body: never) => unknown;
}

/**
 * The one transport between a host and its webview, the same on both sides. Messages of unknown names and answers nobody waits
 * for are dropped: the other side may be older after an update. Messages that are not of the shape their descriptor checks are refused.
 */
export class Channel {
  #next = 0;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #notices = new Map<string, Handler>();
  readonly #questions = new Map<string, Handler>();

  readonly #send: (message: unknown) => void;
  readonly #refused: (why: string) => void;
  #closed = false;

  /** `refused` is told of messages that nothing was done with because of their shape. */
  constructor(send: (message: unknown) => void, refused: (why: string) => void = () => {}) {
    this.#send = send;
    this.#refused = refused;
  }

  onNotice<Body>(descriptor: Notice<Body>, handler: (body: Body) => void): void {
    this.#notices.set(descriptor.name, { check: descriptor.check, handle: handler });
  }

  onQuestion<Body, Answer>(descriptor: Question<Body, Answer>, handler: (body: Body) => Answer | Promise<Answer>): void {
    this.#questions.set(descriptor.name, { check: descriptor.check, handle: handler });
  }

  tell<Body>(descriptor: Notice<Body>, body: Body): void {
    this.#post({ kind: 'notice', name: descriptor.name, body });
  }

  ask<Body, Answer>(descriptor: Question<Body, Answer>, body: Body): Promise<Answer> {
    const id = this.#next++;
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as Answer), reject });
      this.#post({ kind: 'question', name: descriptor.name, id, body });
    });
  }

  /** Takes a message from the other side. */
  receive(message: unknown): void {
    if (!isEnvelope(message)) return this.#refused('a message that is none of this transport');
    switch (message.kind) {
      case 'notice': {
        const handler = this.#notices.get(message.name);
        if (handler && fits(handler, message.body)) handler.handle(message.body);
        else if (handler) this.#refused(`${message.name}: not of the expected shape`);
        return;
      }
      case 'question':
        void this.#reply(message);
        return;
      case 'answer':
        this.#take(message.id)?.resolve(message.body);
        return;
      case 'error':
        this.#take(message.id)?.reject(new Error(message.message));
    }
  }

  /** The other side is gone: ends every question still waiting; what is said from now on reaches nobody. */
  close(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(new Error('the view was closed'));
    this.#waiting.clear();
  }

  #post(envelope: Envelope): void {
    if (!this.#closed) this.#send(envelope);
  }

  async #reply({ id, name, body }: Envelope & { kind: 'question' }): Promise<void> {
    try {
      const handler = this.#questions.get(name);
      if (!handler) throw new Error(`nobody answers ${name}`);
      if (!fits(handler, body)) {
        this.#refused(`${name}: not of the expected shape`);
        throw new Error(`${name} was asked with a body that is not of the expected shape`);
      }
      this.#post({ kind: 'answer', id, body: await handler.handle(body) });
    } catch (error) {
      this.#post({ kind: 'error', id, message: error instanceof Error ? error.message : String(error) });
    }
  }

  #take(id: number): { resolve(value: unknown): void; reject(error: Error): void } | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

const fits = ({ check }: Handler, body: unknown): body is never => check?.(body) ?? true;

function isEnvelope(message: unknown): message is Envelope {
  if (typeof message !== 'object' || message === null) return false;
  const { kind, name, id, message: text } = message as Record<string, unknown>;
  if (kind === 'notice') return typeof name === 'string';
  if (kind === 'question') return typeof name === 'string' && Number.isSafeInteger(id);
  return (kind === 'answer' && Number.isSafeInteger(id)) || (kind === 'error' && Number.isSafeInteger(id) && typeof text === 'string');
}
