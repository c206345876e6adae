import { findTarget } from '../../../src/engine/targets/index.ts';
import type { request } from './support.ts';

/** One way to quantize statically, as tests try it on every odd network. */
export interface Method {
  readonly name: string;
  readonly settings: NonNullable<Parameters<typeof request>[0]>;
  readonly target?: string;
  /** Coarser than 8 bits with float scales: no least signal to noise is asked for. */
  readonly coarse?: boolean;
  /** Error for networks that lack what it needs. */
  readonly refused?: string;
}

/** What a recipe for this target begins with. */
const defaultsOf = (target: string): Method['settings'] =>
  Object.fromEntries(Object.entries(findTarget(target)!.settings['quantize'] ?? {}).map(([key, setting]) => [key, setting.default]));

export const methods: readonly Method[] = [
  { name: 'nearest', settings: {} },
  { name: 'round: layer', settings: { round: 'layer' } },
  { name: 'round: layer, 4 bits', settings: { round: 'layer', weights: 4, activations: 4 }, coarse: true },
  { name: 'equalize', settings: { equalize: true, 'absorb-bias': true, granularity: 'tensor' } },
  { name: 'migrate', settings: { migrate: 0.5 } },
  { name: 'power of two', settings: { scales: 'power-of-two', granularity: 'tensor' }, coarse: true },
  { name: 'zcu104', settings: defaultsOf('zcu104'), target: 'zcu104', coarse: true },
  { name: 'zcu104, round: layer', settings: { ...defaultsOf('zcu104'), round: 'layer', equalize: true }, target: 'zcu104', coarse: true },
  { name: 'no pictures', settings: { statistics: 'batch-norm' }, refused: 'quantize.no-batch-norm' },
  { name: 'packed blocks', settings: { weights: 4, storage: 'packed', granularity: 'block', 'block-size': 8 }, coarse: true },
  { name: '16 bits', settings: { weights: 16, activations: 16 } },
];
