import { kaimingNormal } from './initialization.ts';
import type { Network, Value } from './network.ts';

export interface Convolution {
  readonly out: number;
  readonly kernel: number;
  readonly stride?: 1 | 2;
  readonly groups?: number;
}

export type Activation = 'Relu' | 'Relu6' | 'HardSwish';

/** Convolution, batch normalization and activation: modules 0, 1 and 2 of a list, as torchvision's `Conv2dNormActivation`. */
export function convolution(network: Network, list: string, input: Value, options: Convolution, activation?: Activation): Value {
  const value = network.batchNorm(`${list}.1`, network.conv(`${list}.0`, input, { ...options, weight: kaimingNormal }));
  if (!activation) return value;
  return activation === 'Relu6' ? network.relu6(`${list}.2`, value) : network.activate(`${list}.2`, activation, value);
}
