import { eachRow, type Pattern } from './pattern.ts';

/**
 * At most `kept` of each `of` neighbouring input channels are not zero, at every place of the kernel (Mishra et al., Accelerating sparse deep neural networks,
 * arXiv:2104.08378, section 3.1: 2 of 4). A last row with fewer neighbours keeps as many: kernels fill it up with zeros.
 */
export const nOfM = (kept: number, of: number): Pattern => ({
  title: `${kept}:${of}`,
  units({ dims, inputAxis, values }, scores) {
    if (dims[inputAxis]! < of) return { reason: `it has ${dims[inputAxis]} input channels, fewer than ${of}` };
    const unitOf = new Int32Array(values.length).fill(-1);
    const places = new Int32Array(of);
    let units = 0;
    eachRow(dims, { axis: inputAxis, size: of }, (first, stride, count) => {
      // Insertion sort, the most valuable first, equal ones in their order: rows are short, and there are millions.
      for (let i = 0; i < count; i++) {
        const place = first + i * stride;
        let at = i;
        for (; at > 0 && scores[places[at - 1]!]! < scores[place]!; at--) places[at] = places[at - 1]!;
        places[at] = place;
      }
      for (let i = kept; i < count; i++) unitOf[places[i]!] = units++;
    });
    return { of: unitOf, sizes: new Int32Array(units).fill(1) };
  },
});
