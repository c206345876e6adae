import { elements, type Evaluate, type Operands, type Values } from './operator.ts';
import { padded, padsOf, windowOf, type Window } from './padding.ts';

/**
 * Weights [out, kernel height, kernel width, in / group]. Sums of float32 products, one after another in the order height, width, input channel;
 * exact, as long as they stay below 2^24 units of the product's last bit.
 */
export const convolution: Evaluate = (operands) => {
  const { attributes, one, shape } = operands;
  const window = windowOf(attributes);
  const input = one('input');
  const around = padded(input, padsOf(attributes, window, input.shape, shape));
  return withBias(slide(around, one('weights'), window, shape, attributes.integer('group', 1)), operands);
};

/** Weights [multiplier, kernel height, kernel width, channels]; output channel c · multiplier + q. */
export const depthwiseConvolution: Evaluate = (operands) => {
  const { attributes, one, shape } = operands;
  const window = windowOf(attributes);
  const input = one('input');
  return withBias(slideByChannel(padded(input, padsOf(attributes, window, input.shape, shape)), one('weights'), window, shape), operands);
};

function slideByChannel(
  { shape: size, data }: Values,
  weights: Values,
  { stride, dilation }: Window,
  shape: readonly number[],
): Float32Array {
  const [multiplier = 1, kernelHeight = 1, kernelWidth = 1, channels = 1] = weights.shape;
  const out = new Float32Array(elements(shape));
  eachPixel(shape, (n, y, x, at) => {
    for (let h = 0; h < kernelHeight; h++)
      for (let w = 0; w < kernelWidth; w++) {
        const from = ((n * size[1]! + y * stride[1] + h * dilation[1]) * size[2]! + x * stride[0] + w * dilation[0]) * channels;
        for (let q = 0; q < multiplier; q++) {
          const weight = ((q * kernelHeight + h) * kernelWidth + w) * channels;
          for (let c = 0; c < channels; c++) out[at + c * multiplier + q]! += Math.fround(data[from + c]! * weights.data[weight + c]!);
        }
      }
  });
  return out;
}

/** Zeros between the pixels, then a convolution with pads of kernel - 1 - pad; the weights stand flipped in the file. */
export const transposedConvolution: Evaluate = (operands) => {
  const { input, window } = stuffedInput(operands);
  return withBias(slide(input, operands.one('weights'), window, operands.shape, 1), operands);
};

/** The same of each channel by itself. Not compared with the vendor's: no recorded graph has it. */
export const transposedDepthwiseConvolution: Evaluate = (operands) => {
  const { input, window } = stuffedInput(operands);
  return withBias(slideByChannel(input, operands.one('weights'), window, operands.shape), operands);
};

function stuffedInput({ attributes, one }: Operands): { input: Values; window: Window } {
  const { kernel, stride, dilation } = windowOf(attributes);
  const [left = 0, right = 0, top = 0, bottom = 0] = attributes.integers('pad', [0, 0, 0, 0]);
  const pads = { left: kernel[0] - 1 - left, right: kernel[0] - 1 - right, top: kernel[1] - 1 - top, bottom: kernel[1] - 1 - bottom };
  return { input: padded(zeroStuffed(one('input'), stride), pads), window: { kernel, stride: [1, 1], dilation } };
}

function zeroStuffed({ shape, data }: Values, [strideX, strideY]: readonly [number, number]): Values {
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  const result = [batch, (height - 1) * strideY + 1, (width - 1) * strideX + 1, channels];
  const out = new Float32Array(elements(result));
  eachPixel(shape, (n, y, x, at) =>
    out.set(data.subarray(at, at + channels), ((n * result[1]! + y * strideY) * result[2]! + x * strideX) * channels),
  );
  return { shape: result, data: out };
}

function slide(
  { shape: size, data }: Values,
  weights: Values,
  { stride, dilation }: Window,
  shape: readonly number[],
  groups: number,
): Float32Array {
  const [outputs = 1, kernelHeight = 1, kernelWidth = 1, inputs = 1] = weights.shape;
  const [perGroup, channels] = [outputs / groups, size[3]!];
  const out = new Float32Array(elements(shape));
  const kernel = weights.data;
  eachPixel(shape, (n, y, x, at) => {
    const corner = ((n * size[1]! + y * stride[1]) * size[2]! + x * stride[0]) * channels;
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      let weight = o * kernelHeight * kernelWidth * inputs;
      const first = Math.floor(o / perGroup) * inputs;
      for (let h = 0; h < kernelHeight; h++)
        for (let w = 0; w < kernelWidth; w++) {
          const from = corner + (h * dilation[1] * size[2]! + w * dilation[0]) * channels + first;
          for (let c = 0; c < inputs; c++) sum = Math.fround(sum + Math.fround(data[from + c]! * kernel[weight++]!));
        }
      out[at + o] = sum;
    }
  });
  return out;
}

/** Calls for every pixel of an NHWC shape with the offset of its first channel. */
export function eachPixel(shape: readonly number[], visit: (n: number, y: number, x: number, at: number) => void): void {
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  let at = 0;
  for (let n = 0; n < batch; n++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        visit(n, y, x, at);
        at += channels;
      }
}

/** Adds the bias to the last dimension, where there is one. */
export function withBias(data: Float32Array, { maybe }: Operands): Float32Array {
  const bias = maybe('bias')?.data;
  if (bias) for (let i = 0; i < data.length; i++) data[i]! += bias[i % bias.length]!;
  return data;
}
