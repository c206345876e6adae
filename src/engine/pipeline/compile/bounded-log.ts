/** Characters that are kept of the beginning and of the end. */
const kept = { head: 1 << 20, tail: 2 << 20 };

/** The first and the last lines of what a program prints: bounded, however much it is. */
export class BoundedLog {
  readonly #head: string[] = [];
  #headLength = 0;
  #tail: string[] = [];
  #tailLength = 0;
  #dropped = 0;
  /** Of all that came, kept or not. */
  characters = 0;

  add(line: string): void {
    this.characters += line.length + 1;
    if (this.#tail.length === 0 && this.#headLength + line.length <= kept.head) {
      this.#head.push(line);
      this.#headLength += line.length + 1;
      return;
    }
    this.#tail.push(line);
    this.#tailLength += line.length + 1;
    if (this.#tailLength > 2 * kept.tail) this.#shorten();
  }

  /** Twice the wanted length is let grow before it is cut, so that cutting costs little a line. */
  #shorten(): void {
    let from = 0;
    while (this.#tailLength > kept.tail && from < this.#tail.length - 1) this.#tailLength -= this.#tail[from++]!.length + 1;
    this.#tail = this.#tail.slice(from);
    this.#dropped += from;
  }

  lines(): string[] {
    const gap = this.#dropped ? [`… ${this.#dropped} lines were not kept …`] : [];
    return [...this.#head, ...gap, ...this.#tail];
  }
}
