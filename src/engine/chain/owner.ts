import type { Composition } from '../onnx/chain-metadata.ts';

/** Nodes and values between two models. */
const seamPrefix = 'seam:';

/** Which model of a chain a layer or value of the whole belongs to; what lies between two models belongs to the one behind. undefined: to none. */
export function ownerOf(name: string, { links }: Composition): string | undefined {
  const own = name.startsWith(seamPrefix) ? name.slice(seamPrefix.length).replace(/\/.*$/su, '') : name;
  const link =
    links.find(({ alias }) => own === alias || own.startsWith(`${alias}:`)) ??
    // Inputs and outputs of the whole have names of their own; what is added to them begins with these.
    links.find(({ inputs, outputs }) => [...inputs, ...outputs].some(({ value }) => own === value || own.startsWith(`${value}/`)));
  return link?.alias;
}
