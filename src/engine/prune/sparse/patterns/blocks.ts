import type { Pattern } from './pattern.ts';

/** Blocks of `outputs` × `inputs` neighbouring channels at each place of the kernel; those at the edge are smaller (XNNPACK's sparse kernels read 1×1, 2×1 and 4×1). */
export const blocks = (outputs: number, inputs: number): Pattern => ({
  title: `blocks of ${outputs}×${inputs}`,
  units({ dims, outputAxis, inputAxis, values }) {
    if (dims[outputAxis]! < outputs || dims[inputAxis]! < inputs)
      return { reason: `its ${dims[outputAxis]}×${dims[inputAxis]} channels are fewer than a block has` };
    const grid = dims.map((dim, axis) => Math.ceil(dim / sizeAt(axis)));
    const unitOf = new Int32Array(values.length);
    const sizes = new Int32Array(grid.reduce((product, dim) => product * dim, 1));
    const place = dims.map(() => 0);
    for (let i = 0; i < unitOf.length; i++) {
      const unit = place.reduce((index, at, axis) => index * grid[axis]! + Math.floor(at / sizeAt(axis)), 0);
      unitOf[i] = unit;
      sizes[unit]!++;
      for (let axis = dims.length - 1; axis >= 0 && ++place[axis]! === dims[axis]; axis--) place[axis] = 0;
    }
    return { of: unitOf, sizes };

    function sizeAt(axis: number): number {
      return axis === outputAxis ? outputs : axis === inputAxis ? inputs : 1;
    }
  },
});
