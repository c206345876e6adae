import type { OverlayView } from '../../../protocol/view.ts';
import { extent } from '../../overlays/figures.ts';
import { number } from '../../xir/about.ts';
import { fixOf, macsOf } from '../../xir/stored.ts';
import type { XirDrawing } from './draw.ts';

/** Devices from the accelerator down; others than these have no colour. */
const devices = [
  { value: 0, label: 'CPU', level: 0 },
  { value: 1, label: 'USER', level: 2 },
  { value: 2, label: 'DPU', level: 4 },
];

/** What a file says of its layers: devices and workload of compiled ones, multiply-adds and fix positions of all. */
export function xirOverlays(drawing: XirDrawing): OverlayView[] {
  return [deviceOverlay, workload, padding, macs, positions].flatMap((overlay) => overlay(drawing) ?? []);
}

function deviceOverlay({ layers, about }: XirDrawing): OverlayView | undefined {
  const values = layers.flatMap(({ name }, index): [number, number][] => {
    const value = devices.find(({ label }) => label === about.deviceOf.get(name))?.value;
    return value === undefined ? [] : [[index, value]];
  });
  if (values.length === 0) return undefined;
  const fallbacks = new Set(about.fallbacks.map(({ op }) => op));
  const notes = layers.flatMap(({ name, type }, index): [number, string][] =>
    fallbacks.has(name) ? [[index, `CPU: the compiler left this ${type.slice(0, 100)} to the processor; data leaves the DPU for it`]] : [],
  );
  return {
    id: 'xir/device',
    label: 'Device',
    unit: '',
    better: 'high',
    thresholds: [],
    classes: devices,
    fold: 'worst',
    group: 'model',
    values,
    notes,
    summary: fallbacks.size === 0 ? 'No operator is left to the CPU' : `${fallbacks.size} on the CPU`,
    origin: 'Sub-graphs of the compiled file',
  };
}

function sizes(
  drawing: XirDrawing,
  figureOf: (index: number) => number,
  described: Pick<OverlayView, 'id' | 'label' | 'unit' | 'origin'>,
): OverlayView | undefined {
  const values = drawing.layers.flatMap((_, index): [number, number][] => {
    const figure = figureOf(index);
    return figure > 0 && Number.isFinite(figure) ? [[index, figure]] : [];
  });
  if (values.length === 0) return undefined;
  const [best, worst] = extent(values.map(([, value]) => value));
  return { better: 'low', thresholds: [], gradient: { worst, best, log: true }, fold: 'sum', group: 'model', values, ...described };
}

const workload = (drawing: XirDrawing): OverlayView | undefined =>
  sizes(drawing, (index) => number(drawing.layers[index]!.attributes, 'workload'), {
    id: 'xir/workload',
    label: 'Workload',
    unit: 'operations',
    origin: 'Operations as the compiler counted them, two for each multiply-add',
  });

/** How many operations the array does for each that is wanted. */
function padding(drawing: XirDrawing): OverlayView | undefined {
  const found = sizes(
    drawing,
    (index) => {
      const { attributes } = drawing.layers[index]!;
      const wanted = number(attributes, 'workload');
      return wanted > 0 ? number(attributes, 'workload_on_arch') / wanted : 0;
    },
    {
      id: 'xir/workload-on-arch',
      label: 'Workload on the array',
      unit: '×',
      origin: 'Operations that the array does, for each one that is wanted: it works on whole groups of channels and pixels',
    },
  );
  return found && { ...found, fold: 'worst' };
}

const macs = (drawing: XirDrawing): OverlayView | undefined =>
  sizes(drawing, (index) => macsOf(drawing.layers[index]!, (name) => drawing.stored.get(name)?.constant ?? drawing.ops.get(name)) ?? 0, {
    id: 'macs',
    label: 'MACs',
    unit: 'MACs',
    origin: 'Multiply-adds for one picture, from the shapes',
  });

function positions({ layers }: XirDrawing): OverlayView | undefined {
  const values = layers.flatMap((op, index): [number, number][] => {
    const { position } = fixOf(op);
    return position === undefined ? [] : [[index, position]];
  });
  if (values.length === 0) return undefined;
  const [worst, best] = extent(values.map(([, value]) => value));
  return {
    id: 'xir/position',
    label: 'Fix position of results',
    unit: 'bits',
    better: 'high',
    thresholds: [],
    gradient: { worst, best, log: false },
    fold: 'worst',
    group: 'model',
    values,
    origin: 'Bits behind the binary point: a step is two to the power of minus this',
  };
}
