/** A float32 array as a `.npy` file (numpy.lib.format 1.0): C order, little endian. */
export function npyBytes(shape: readonly number[], values: Float32Array): Uint8Array {
  const extents = shape.map((extent) => `${extent},`).join(' ');
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${extents}), }`;
  // Magic, version and length take 10 bytes; the values begin at a multiple of 64.
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const bytes = new Uint8Array(10 + header.length + values.length * 4);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 0xff, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  const view = new DataView(bytes.buffer, 10 + header.length);
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return bytes;
}
