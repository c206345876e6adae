import type { Loss, LossSite } from '../train/losses/loss.ts';
import type { Composition } from '../onnx/chain-metadata.ts';
import { valueIn, type Place } from './places.ts';

/** A loss that takes the values of a place for the outputs of the network. Throws `joint.losses`, and what the loss throws. */
export const atPlace = (loss: Loss, place: Place, composition: Composition): Loss => ({
  name: loss.name,
  build(site) {
    const outputs = place.values.map((value) => site.value(valueIn(site.model.graph, value, composition)));
    const here: LossSite = { ...site, outputs, target: () => site.target(outputs[0]) };
    return loss.build(here);
  },
});
