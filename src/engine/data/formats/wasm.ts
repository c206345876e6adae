import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { LatheError } from '../../base/errors.ts';
import { broken } from './format.ts';

/** What an Emscripten module of the Squoosh family (jSquash) is started with. */
export interface StartOptions {
  noInitialRun: boolean;
  print(line: string): void;
  printErr(line: string): void;
  instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): WebAssembly.Exports;
}

interface Decoder {
  decode(bytes: Uint8Array, ...rest: boolean[]): { width: number; height: number; data: Uint8ClampedArray } | null;
}

/** A started codec keeps the memory of its largest picture for ever; above this it is given up and started afresh for the next. */
const keptBytes = 64 << 20;

/**
 * A picture codec compiled to WebAssembly, started at its first use. What the codec prints is taken as the reason why a picture is
 * broken: libjpeg and libwebp go on with half a picture where we want to hear of it.
 */
export class WasmCodec {
  #started: Promise<{ codec: Decoder; memory: WebAssembly.Memory }> | undefined;
  #compiled: Promise<WebAssembly.Module> | undefined;
  #said: string[] = [];

  constructor(
    /** The .wasm file inside node_modules; a bundle has it, without folders, beside itself. */
    readonly file: string,
    readonly glue: () => Promise<{ default: (options: StartOptions) => Promise<unknown> }>,
  ) {}

  /** RGBA, 4 bytes a pixel. Throws `data.picture` for a broken picture. */
  async decode(bytes: Uint8Array, ...rest: boolean[]): Promise<{ width: number; height: number; data: Uint8ClampedArray }> {
    this.#started ??= this.#start();
    const { codec, memory } = await this.#started;
    this.#said = [];
    try {
      const picture = codec.decode(bytes, ...rest);
      if (picture && this.#said.length === 0) return picture;
    } catch (cause) {
      this.#started = undefined;
      throw broken(this.#reason(), cause);
    } finally {
      if (memory.buffer.byteLength > keptBytes) this.#started = undefined;
    }
    throw broken(this.#reason());
  }

  #reason(): string {
    return this.#said.length ? this.#said.join('; ') : 'the picture cannot be decoded';
  }

  async #start(): Promise<{ codec: Decoder; memory: WebAssembly.Memory }> {
    this.#compiled ??= readCodec(this.file).then((bytes) => WebAssembly.compile(bytes));
    const module = await this.#compiled;
    let memory: WebAssembly.Memory | undefined;
    const { default: factory } = await this.glue();
    const codec = (await factory({
      noInitialRun: true,
      print: () => {},
      printErr: (line) => this.#said.push(line),
      instantiateWasm: (imports, done) => {
        const instance = new WebAssembly.Instance(module, imports);
        memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
        done(instance);
        return instance.exports;
      },
    })) as Decoder;
    if (!memory) throw new LatheError('data.codec', `${path.basename(this.file)} exports no memory`, { file: this.file }, 1);
    return { codec, memory };
  }
}

async function readCodec(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const beside = path.join(path.dirname(fileURLToPath(import.meta.url)), path.basename(file));
  try {
    return await readFile(beside);
  } catch {
    return await readFile(createRequire(import.meta.url).resolve(file));
  }
}
