import { ownerOf } from '../chain/owner.ts';
import type { Composition } from '../onnx/chain-metadata.ts';
import type { Parameter } from '../train/parameters.ts';
import type { TrainingTask } from '../train/task.ts';

type Pace = NonNullable<TrainingTask['pace']>;

/** Learning rates by model, on top of what a way of training has for its own tensors. */
export function paceOf(rates: Readonly<Record<string, number>>, composition: Composition, own?: Pace): Pace {
  return (parameter: Parameter) => {
    const found = own?.(parameter) ?? {};
    const factor = rates[ownerOf(parameter.layer, composition) ?? ''] ?? 1;
    return factor === 1 ? found : { ...found, rate: (found.rate ?? 1) * factor };
  };
}
