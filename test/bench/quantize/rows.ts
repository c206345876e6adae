import type { QuantizerName } from '../peers.ts';

/** A peer's own way to the same scheme: `settings` go to `peers/<tool>.py`. */
export interface PeerRow {
  readonly tool: QuantizerName;
  /** What it does, for the table. */
  readonly method: string;
  readonly settings: Readonly<Record<string, string | number>>;
  /** Calibration pictures, where it takes too long on all of ours. */
  readonly pictures?: number;
}

/** One row of the table of scores: a model, a scheme, how Lathe is asked for it, and who does best among the peers. */
export interface ScoreRow {
  /** Of models.ts. */
  readonly model: string;
  readonly scheme: string;
  /** Settings of the step `quantize`: chosen from the methods' papers and on training pictures, never on the test pictures. */
  readonly step: Readonly<Record<string, unknown>>;
  readonly target?: string;
  /** Width of the first and the last layer's weights, where it is not the others'. */
  readonly ends?: number;
  /** Calibration pictures; all of the source by default. */
  readonly pictures?: number;
  /** Least score as written; a detector must find all boxes with at most 3 false ones. */
  readonly goal: number;
  readonly peer?: PeerRow;
}

const layer = { round: 'layer' };
const block = { round: 'block' };
const powerOfTwo = { scheme: 'power of two', target: 'zcu104' };
const quark = (method: string, settings: PeerRow['settings'] = {}, pictures?: number): PeerRow => ({
  tool: 'quark',
  method,
  settings,
  pictures,
});
const aimet = (method: string, settings: PeerRow['settings'], pictures?: number): PeerRow => ({
  tool: 'aimet',
  method,
  settings,
  pictures,
});
const ort = (method: string, settings: PeerRow['settings']): PeerRow => ({ tool: 'onnxruntime', method, settings });
const nncf = (method: string, settings: PeerRow['settings']): PeerRow => ({ tool: 'nncf', method, settings });
const ortSigned = { activation: 's8', weight: 's8', perChannel: 1 };

/** Peers: the best that was measured on these models and pictures before; measured again here. */
export const scoreRows: readonly ScoreRow[] = [
  { model: 'resnet8', scheme: 'w8a8', step: {}, pictures: 200, goal: 87.8, peer: nncf('mixed', { preset: 'mixed' }) },
  { model: 'resnet8', scheme: 'w8a8, round: layer', step: layer, pictures: 200, goal: 87.8 },
  { model: 'resnet8', ...powerOfTwo, step: layer, pictures: 200, goal: 87.6, peer: quark('XInt8, AdaRound 300 it.', { adaround: 300 }, 100) },
  { model: 'resnet8', scheme: 'w4a8', step: { ...layer, weights: 4 }, pictures: 200, goal: 87, peer: aimet('AdaRound 150 it.', { weights: 4, activations: 8, adaround: 150 }, 100) },
  { model: 'resnet8', scheme: 'w3a8', step: { ...layer, weights: 3 }, pictures: 200, goal: 86 },
  { model: 'resnet8', scheme: 'w4a4', step: { ...layer, weights: 4, activations: 4, calibrate: 'mse' }, pictures: 200, goal: 84.5, peer: aimet('AdaRound 150 it.', { weights: 4, activations: 4, adaround: 150 }, 100) },
  { model: 'resnet8', scheme: 'w3a8, round: block', step: { ...block, weights: 3 }, pictures: 200, goal: 86 },
  { model: 'resnet8', scheme: 'w4a4, round: block', step: { ...block, weights: 4, activations: 4, calibrate: 'mse' }, pictures: 200, goal: 84.5 },
  { model: 'resnet20', scheme: 'w8a8', step: {}, pictures: 500, goal: 91.5, peer: ort('int8 MinMax, per channel', ortSigned) },
  { model: 'resnet20', scheme: 'w8a8, round: layer', step: layer, pictures: 500, goal: 91.5 },
  { model: 'resnet20', ...powerOfTwo, step: layer, pictures: 500, goal: 91.5, peer: quark('XInt8, equalization', { cle: 1 }, 100) },
  { model: 'resnet20', scheme: 'w4a8', step: { ...layer, weights: 4 }, pictures: 500, goal: 91.2, peer: aimet('sequential MSE', { weights: 4, activations: 8, seqmse: 1 }, 100) },
  { model: 'resnet20', scheme: 'w3a8', step: { ...layer, weights: 3 }, pictures: 500, goal: 91 },
  { model: 'resnet20', scheme: 'w4a4', step: { ...layer, weights: 4, activations: 4, calibrate: 'mse' }, pictures: 500, goal: 90.3, peer: aimet('sequential MSE', { weights: 4, activations: 4, seqmse: 1 }, 100) },
  { model: 'resnet20', scheme: 'w3a8, round: block', step: { ...block, weights: 3 }, pictures: 500, goal: 91 },
  { model: 'resnet20', scheme: 'w4a4, round: block', step: { ...block, weights: 4, activations: 4, calibrate: 'mse' }, pictures: 500, goal: 90.3 },
  { model: 'mbv1', scheme: 'w8a8 per channel', step: {}, pictures: 100, goal: 55.5, peer: nncf('performance', { preset: 'performance' }) },
  { model: 'mbv1', scheme: 'w8a8 per tensor', step: { ...layer, granularity: 'tensor', equalize: true }, pictures: 100, goal: 54, peer: ort('int8 MinMax, per tensor', { ...ortSigned, perChannel: 0 }) },
  { model: 'mbv1', ...powerOfTwo, step: layer, pictures: 100, goal: 52.5, peer: quark('XInt8', {}, 30) },
  { model: 'mbv1', scheme: 'w4a8 per channel, ends 8 bit', step: { ...layer, weights: 4 }, ends: 8, pictures: 100, goal: 42, peer: ort('w4a8 MinMax, per channel', { ...ortSigned, weight: 's4' }) },
  { model: 'mbv1', scheme: 'w4a8 per channel, ends 8 bit, round: block', step: { ...block, weights: 4 }, ends: 8, pictures: 100, goal: 48 },
  { model: 'mbv1', scheme: 'power of two, round: block', target: 'zcu104', step: block, pictures: 100, goal: 54 },
  { model: 'mbv2', scheme: 'w8a8', step: {}, pictures: 200, goal: 76.4, peer: ort('int8 MinMax, per channel', ortSigned) },
  { model: 'mbv2', scheme: 'w8a8, round: layer', step: layer, pictures: 200, goal: 76.4 },
  { model: 'mbv2', ...powerOfTwo, step: layer, pictures: 200, goal: 76.4, peer: quark('XInt8', {}, 100) },
  { model: 'mbv2', scheme: 'w4a8', step: { ...layer, weights: 4 }, pictures: 200, goal: 76.4, peer: aimet('plain', { weights: 4, activations: 8 }, 100) },
  { model: 'vgg16q', scheme: 'w8a8', step: {}, pictures: 200, goal: 85.5, peer: nncf('mixed, no bias correction', { preset: 'mixed', biasCorrection: 0 }) },
  { model: 'vgg16q', ...powerOfTwo, step: layer, pictures: 200, goal: 85.5, peer: quark('XInt8', {}, 100) },
  { model: 'vgg16q', scheme: 'w4a8', step: { ...layer, weights: 4 }, pictures: 200, goal: 85.5, peer: ort('w4a8 MinMax, per channel', { ...ortSigned, weight: 's4' }) },
  { model: 'yunet', scheme: 'w8a8', step: {}, goal: 43, peer: ort('int8 MinMax, per tensor', { ...ortSigned, perChannel: 0 }) },
  { model: 'yunet', ...powerOfTwo, step: layer, goal: 43, peer: quark('XInt8, equalization', { cle: 1 }) },
  { model: 'yunet', scheme: 'w4a8', step: { ...layer, weights: 4 }, goal: 43, peer: ort('w4a8 MinMax, per channel', { ...ortSigned, weight: 's4', opset: 13 }) },
  { model: 'dncnn', scheme: 'w8a8', step: {}, pictures: 32, goal: 30.4, peer: nncf('mixed', { preset: 'mixed' }) },
]; // prettier-ignore
