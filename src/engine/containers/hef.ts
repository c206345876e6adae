import { LatheError } from '../base/errors.ts';
import { WireReader, type ByteSource } from '../onnx/wire-reader.ts';
import type { NodeCategory } from '../../protocol/drawable.ts';
import type { ValueView } from '../../protocol/view.ts';
import type { Container, ContainerNode } from './container.ts';

/** "\x01HEF"; numbers of the head are big-endian (HailoRT 4.23, hef_internal.hpp). */
const magic = 0x01484546;
/** Bytes before the graph, by version: 12 in common, then checksums and sizes. */
const headBytes: Readonly<Record<number, number>> = { 0: 32, 1: 28, 2: 44, 3: 56 };

/** ProtoHEFHwArch (HailoRT 4.23, hef.proto). */
const chips: Readonly<Record<number, string>> = {
  0: 'Hailo-8',
  1: 'Hailo-8P',
  2: 'Hailo-8R',
  3: 'Hailo-8L',
  4: 'Hailo-15M',
  5: 'Hailo-10H',
  103: 'Hailo-15H',
};

const mostNodes = 10_000;

/** Reads the head of a Hailo executable: chip, compiler, networks, inputs and outputs. Throws LatheError `container.hef` and those of damaged data. */
export function readHef(source: ByteSource, file?: string): Container {
  const head = Uint8Array.from(source.read(0, Math.min(64, source.size)));
  const view = new DataView(head.buffer);
  if (head.length < 12 || view.getUint32(0) !== magic) throw new LatheError('container.hef', 'this is no Hailo executable: its first bytes are others', { file }); // prettier-ignore
  const [version, length] = [view.getUint32(4), view.getUint32(8)];
  const start = headBytes[version];
  if (start === undefined)
    throw new LatheError('container.hef', `it is a Hailo executable of version ${version}; 0 to 3 are known`, { file });
  if (start + length > source.size)
    throw new LatheError('model.truncated', `the file ends too early: ${start + length} bytes are announced, it has ${source.size}`, {
      file,
    });
  const inner: ByteSource = {
    size: length,
    stable: source.stable,
    read: (offset, count) => source.read(start + offset, Math.min(count, length - offset)),
  };
  const found = new HefReader(new WireReader(inner, file, { name: 'HEF', code: 'container.hef' }));
  found.read();
  return found.container({ version, bytes: source.size, graphBytes: length });
}

class HefReader {
  chip = 0;
  sdk = '';
  timestamp = 0;
  readonly groups: { name: string; contexts: number; networks: string[] }[] = [];
  readonly nodes: ContainerNode[] = [];
  readonly inputs: ValueView[] = [];
  readonly outputs: ValueView[] = [];
  readonly values = new Map<string, ValueView>();

  constructor(private readonly reader: WireReader) {}

  read(): void {
    const { reader } = this;
    while (reader.next()) {
      if (reader.field === 1) this.#head();
      else if (reader.field === 2) this.#group();
      else reader.skip();
    }
  }

  #each(fields: Readonly<Record<number, () => void>>): void {
    const { reader } = this;
    reader.message(() => {
      while (reader.next()) (fields[reader.field] ?? (() => reader.skip()))();
    });
  }

  #head(): void {
    const { reader } = this;
    this.#each({
      1: () => (this.chip = Number(reader.int())),
      2: () => (this.timestamp = Number(reader.int())),
      3: () => (this.sdk = reader.text()),
    });
  }

  /** Since HailoRT 4.10 a group holds operators with pads; before, contexts with layers at their edges. */
  #group(): void {
    const { reader } = this;
    const group = { name: '', contexts: 0, networks: [] as string[] };
    const context = (): void => {
      group.contexts++;
      this.#each({ 3: () => this.#each({ 2: () => this.#edge() }) });
    };
    const metadata = (): void => this.#each({ 1: () => (group.name ||= reader.text()) });
    this.#each({
      1: metadata,
      3: context,
      6: () => group.networks.push(reader.text()),
      8: () => this.#op(group, metadata, context),
      10: () => (group.name = reader.text()),
    });
    this.groups.push(group);
  }

  #op(group: { networks: string[] }, metadata: () => void, context: () => void): void {
    const { reader } = this;
    let [name, op, category]: [string, string, NodeCategory] = ['', 'operator', 'other'];
    const [inputs, outputs]: [ValueView[], ValueView[]] = [[], []];
    this.#each({
      1: () => (name = reader.text()),
      2: () => inputs.push(this.#pad()),
      3: () => outputs.push(this.#pad()),
      4: () => {
        [op, category] = ['network on the chip', 'compute'];
        this.#each({ 1: metadata, 3: context, 6: () => group.networks.push(reader.text()) });
      },
      5: () => ([op, category] = (reader.skip(), ['boxes on the host', 'other'])),
      6: () => ([op, category] = (reader.skip(), ['shares on the host', 'activation'])),
    });
    if (this.nodes.length >= mostNodes) return;
    this.nodes.push({ name, op, category, inputs: inputs.map((pad) => pad.name), outputs: outputs.map((pad) => pad.name) });
    for (const pad of [...inputs, ...outputs]) if (!this.values.has(pad.name)) this.values.set(pad.name, pad);
  }

  #pad(): ValueView {
    const { reader } = this;
    let name = '';
    let type = 0;
    const sizes: number[] = [];
    this.#each({
      2: () => (name = reader.text()),
      6: () =>
        this.#each({
          1: () => (sizes[0] = Number(reader.int())),
          3: () => (sizes[1] = Number(reader.int())),
          5: () => (sizes[2] = Number(reader.int())),
        }),
      8: () => (type = Number(reader.int())),
    });
    return { name, type: typeOf(type), shape: shapeOf(sizes) };
  }

  /** A layer at the edge of a context: an input or output of the whole, where it leads to the host. */
  #edge(): void {
    const { reader } = this;
    let [direction, connection, name]: [number, number, string] = [0, 0, ''];
    const sizes: number[] = [];
    let width = 1;
    const layer = (): void =>
      this.#each({
        1: () => (name = reader.text()),
        2: () =>
          this.#each({
            1: () => (sizes[0] = Number(reader.int())),
            3: () => (sizes[1] = Number(reader.int())),
            5: () => (sizes[2] = Number(reader.int())),
            12: () => (width = Number(reader.int())),
          }),
      });
    this.#each({
      1: () => (direction = Number(reader.int())),
      3: layer,
      4: layer,
      5: () => this.#each({ 3: () => (connection = Number(reader.int())) }),
    });
    const list = direction === 0 ? this.inputs : this.outputs;
    if (connection === 0 && name !== '' && list.length < mostNodes) list.push({ name, type: typeOf(width), shape: shapeOf(sizes) });
  }

  container({ version, bytes, graphBytes }: { version: number; bytes: number; graphBytes: number }): Container {
    const made = new Set(this.nodes.flatMap(({ outputs }) => outputs));
    const read = new Set(this.nodes.flatMap(({ inputs }) => inputs));
    const ends = (names: Iterable<string>, other: ReadonlySet<string>): ValueView[] => [...names].filter((name) => !other.has(name)).map((name) => this.values.get(name)!); // prettier-ignore
    const [inputs, outputs] = [ends(read, made), ends(made, read)];
    const names = [...new Set(this.groups.flatMap(({ networks }) => networks))];
    return {
      format: `Hailo executable, version ${version}`,
      producer: this.sdk ? `Hailo Dataflow Compiler ${this.sdk}` : '',
      bytes,
      facts: [
        ['Chip', chips[this.chip] ?? `number ${this.chip}, which HailoRT 4.23 does not name`],
        ...(this.sdk ? [['Compiler', this.sdk] as const] : []),
        ...(isDate(this.timestamp) ? [['Made', new Date(this.timestamp * 1000).toISOString()] as const] : []),
        ...this.groups.map(
          ({ name, contexts }) =>
            ['Network group', `${name}${contexts > 1 ? `, ${contexts} contexts: it is loaded in parts` : ''}`] as const,
        ),
        ...names.map((name) => ['Network', name] as const),
        ['Description', `${graphBytes} bytes of ${bytes}`],
      ],
      inputs: this.inputs.length ? this.inputs : inputs,
      outputs: this.outputs.length ? this.outputs : outputs,
      nodes: this.nodes,
      values: this.values,
      stored: new Map(),
      findings: ['What runs on the chip lies in it as instructions: single layers are not shown.'],
    };
  }
}

/** Seconds since 1970 between 2015 and 2100; others are no dates. */
const isDate = (seconds: number): boolean => seconds > 1.42e9 && seconds < 4.1e9;
const typeOf = (bytes: number): string => (bytes === 1 ? 'uint8' : bytes === 2 ? 'uint16' : 'unknown');
const shapeOf = ([height = 0, width = 0, features = 0]: readonly number[]): number[] | null =>
  height + width + features > 0 ? [height, width, features] : null;
