import type { DecodeDeclaration } from '../../data/source.ts';
import type { Decoder } from './decoder.ts';
import { yolov5, yolov8 } from './yolo.ts';
import { yunet } from './yunet.ts';

/** Decoders by `decode.kind`. */
export const decoders: Readonly<Record<DecodeDeclaration['kind'], Decoder>> = { yunet, yolov5, yolov8 };
