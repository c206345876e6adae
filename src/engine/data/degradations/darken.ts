import { Type } from '@sinclair/typebox';
import { drawn, type DegradationMethod } from './degradation.ts';

const parameters = Type.Object({
  scale: drawn({ exclusiveMinimum: 0, maximum: 1, description: 'Part of the light that is left.', examples: [0.04] }),
  gamma: Type.Optional(
    drawn({
      exclusiveMinimum: 0,
      maximum: 10,
      default: 1,
      description: 'Exponent of the curve; above 1 dark parts lose most.',
    }),
  ),
});

export const darken: DegradationMethod<typeof parameters> = {
  name: 'darken',
  summary: 'Takes light away: round(255 · scale · (x / 255)^gamma).',
  source: 'Lore et al., LLNet, arXiv:1511.03995, section 3.2 (gamma)',
  parameters,
  apply(picture, { scale, gamma }) {
    const darker = (x: number): number => Math.round(255 * scale * (Math.min(255, Math.max(0, x)) / 255) ** gamma);
    const bytes = Uint8Array.from({ length: 256 }, (_, x) => darker(x));
    const { data } = picture;
    const out = new Uint8Array(data.length);
    if (data instanceof Uint8Array) for (let i = 0; i < out.length; i++) out[i] = bytes[data[i]!]!;
    else for (let i = 0; i < out.length; i++) out[i] = darker(data[i]!);
    return { ...picture, data: out };
  },
};
