import { encodeModel } from '../../src/engine/onnx/codec.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import { buildModel, type BuildNode } from '../support/model-builder.ts';

/** Names that are markup, script, right-to-left overrides and very long: a view must show them as text. */
export function hostileModel(): Uint8Array {
  const names = [
    '<img src=x onerror="document.title=\'owned\'">',
    '</script><script>document.title="owned"</script>',
    '\u202Egnp.exe',
    'n'.repeat(1_000_000),
    'line\nbreak\r\nand\ttab',
  ];
  let last = '<b>input</b>';
  const nodes = names.map((name, i): BuildNode => {
    const from = last;
    last = `${name} out ${i}`;
    return ['Relu', [from], [last], {}, { name }];
  });
  const model = buildModel({
    inputs: [{ name: '<b>input</b>', shape: [1, '<i>dimension</i>'] }],
    outputs: [{ name: last, shape: [1, '<i>dimension</i>'] }],
    nodes,
  });
  model.producerName = '<script>document.title="owned"</script>';
  model.metadata.set('<u>key</u>', '<img src=x onerror="document.title=\'owned\'">');
  return encodeModel(model);
}

/** A chain of `layers` small layers, as long as the largest models that people open. */
export function longModel(layers: number): Uint8Array {
  const nodes = Array.from({ length: layers }, (_, i): BuildNode => {
    const from = i === 0 ? 'x' : `v${i - 1}`;
    const name = `/block${Math.floor(i / 10)}/layer${i % 10}`;
    return i % 3 === 0 ? ['Conv', [from, 'w'], [`v${i}`], { pads: [1, 1, 1, 1] }, { name }] : ['Relu', [from], [`v${i}`], {}, { name }];
  });
  return encodeModel(
    buildModel({
      inputs: [{ name: 'x', shape: [1, 4, 16, 16] }],
      outputs: [{ name: `v${layers - 1}`, shape: [1, 4, 16, 16] }],
      nodes,
      initializers: { w: Tensor.float32([4, 4, 3, 3], new Float32Array(4 * 4 * 9)) },
    }),
  );
}

/** Convolutions with an activation whose slope the DPU does not have, and a softmax at its end. */
export function leakyModel(): Uint8Array {
  const weights = Tensor.float32(
    [8, 8, 3, 3],
    Array.from({ length: 8 * 8 * 9 }, (_, i) => Math.sin(i) / 9),
  );
  const layers = ['/a', '/b', '/c'].flatMap((name, i): BuildNode[] => [
    ['Conv', [i === 0 ? 'x' : `y${i - 1}`, 'w'], [`c${i}`], { pads: [1, 1, 1, 1] }, { name: `${name}/conv` }],
    ['LeakyRelu', [`c${i}`], [`y${i}`], { alpha: 0.1 }, { name: `${name}/act` }],
  ]);
  return encodeModel(
    buildModel({
      inputs: [{ name: 'x', shape: [1, 8, 16, 16] }],
      outputs: [{ name: 'scores', shape: [1, 8, 16, 16] }],
      nodes: [...layers, ['Softmax', ['y2'], ['scores'], { axis: 1 }, { name: '/softmax' }]],
      initializers: { w: weights },
    }),
  );
}
