// Prints the reference networks, their weights and their batch as JSON, for make_gradients.py.
import { parametersOf } from '../../../src/engine/train/parameters.ts';
import { topologyOf } from '../../bench/train/topology.ts';
import { pictures, referenceBatch, referenceNetworks } from './reference-networks.ts';

const { data, labels } = referenceBatch();
const networks = Object.fromEntries(
  Object.entries(referenceNetworks).map(([name, build]) => {
    const model = build();
    const values = [...model.graph.initializers].map(([key, tensor]) => [key, [...tensor.toFloat64()]]);
    const parameters = parametersOf(model).map((parameter) => parameter.name);
    return [name, { ...topologyOf(model), values: Object.fromEntries(values), parameters }];
  }),
);
const batch = { shape: pictures.dims, data: [...data], labels: [...labels], labelShape: pictures.labels };
process.stdout.write(JSON.stringify({ batch, networks }));
