import { StringDecoder } from 'node:string_decoder';

/** Longest line that is told, in UTF-16 units; what goes on is dropped up to the line's end. */
const longestLine = 16 * 1024;

/** The end of a program's output, and its lines as they come. Memory is bounded by `keptBytes`, however much is printed. */
export class KeptOutput {
  truncated = false;
  #chunks: Buffer[] = [];
  #bytes = 0;
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  #afterReturn = false;

  constructor(
    private readonly keptBytes: number,
    private readonly onLine?: (line: string) => void,
  ) {}

  add(chunk: Buffer): void {
    this.#keep(chunk);
    if (this.onLine) this.#split(this.#decoder.write(chunk));
  }

  /** The last line, where its end is missing; and all that was kept. */
  end(): string {
    if (this.onLine) {
      this.#split(this.#decoder.end());
      if (this.#line !== '') this.onLine(this.#line);
      this.#line = '';
    }
    const all = Buffer.concat(this.#chunks);
    let start = Math.max(0, all.length - this.keptBytes);
    if (start > 0 || this.truncated) {
      this.truncated = true;
      // Not from the middle of a character: UTF-8 continues in bytes 10xxxxxx, three at most.
      for (let i = 0; i < 3 && ((all[start] ?? 0) & 0xc0) === 0x80; i++) start++;
    }
    return all.subarray(start).toString('utf8');
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#chunks.length > 1 && this.#bytes - (this.#chunks[0]?.length ?? 0) >= this.keptBytes) {
      this.#bytes -= this.#chunks.shift()?.length ?? 0;
      this.truncated = true;
    }
  }

  /** Lines end in \n, \r\n, or a lone \r, as progress bars have it. */
  #split(text: string): void {
    const rest = this.#afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') this.#afterReturn = text.endsWith('\r');
    const lines = rest.split(/\r\n|\n|\r/);
    lines.forEach((piece, i) => {
      if (this.#line.length < longestLine) this.#line += piece.slice(0, longestLine - this.#line.length);
      if (i === lines.length - 1) return;
      this.onLine?.(this.#line);
      this.#line = '';
    });
  }
}
