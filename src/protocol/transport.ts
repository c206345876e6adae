/** A message without an answer. `Body` is plain data. */
export interface Notice<Body> {
  readonly name: string;
  /** Never set: carries the type. */
  readonly body?: Body;
}

/** A message with one answer, which may be an error. */
export interface Question<Body, Answer> {
  readonly name: string;
  /** Never set: carry the types. */
  readonly body?: Body;
  readonly answer?: Answer;
}

export const notice = <Body>(name: string): Notice<Body> => ({ name });
export const question = <Body, Answer>(name: string): Question<Body, Answer> => ({ name });

type Envelope =
  | { kind: 'notice'; name: string; body: unknown }
  | { kind: 'question'; name: string; id: number; body: unknown }
  | { kind: 'answer'; id: number; body: unknown }
  | { kind: 'error'; id: number; message: string };

/**
 * The one transport between a host and its webview, the same on both sides. Messages of unknown names and answers nobody waits
 * for are dropped: the other side may be older after an update.
 */
export class Channel {
  #next = 0;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #notices = new Map<string, (body: never) => void>();
  readonly #questions = new Map<string, (body: never) => unknown>();

  readonly #send: (message: unknown) => void;
  #closed = false;

  constructor(send: (message: unknown) => void) {
    this.#send = send;
  }

  onNotice<Body>(descriptor: Notice<Body>, handler: (body: Body) => void): void {
    this.#notices.set(descriptor.name, handler);
  }

  onQuestion<Body, Answer>(descriptor: Question<Body, Answer>, handler: (body: Body) => Answer | Promise<Answer>): void {
    this.#questions.set(descriptor.name, handler);
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
    const envelope = message as Envelope;
    switch (envelope.kind) {
      case 'notice':
        this.#notices.get(envelope.name)?.(envelope.body as never);
        return;
      case 'question':
        void this.#reply(envelope);
        return;
      case 'answer':
        this.#take(envelope.id)?.resolve(envelope.body);
        return;
      case 'error':
        this.#take(envelope.id)?.reject(new Error(envelope.message));
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
      this.#post({ kind: 'answer', id, body: await handler(body as never) });
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
