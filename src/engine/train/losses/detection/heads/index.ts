import type { DecodeDeclaration } from '../../../../data/source.ts';
import type { HeadReader } from './head.ts';
import { yolov5 } from './yolov5.ts';
import { yolov8 } from './yolov8.ts';
import { yunet } from './yunet.ts';

/** By `decode.kind`, as the decoders of evaluation are. */
export const heads: Readonly<Record<DecodeDeclaration['kind'], HeadReader>> = { yunet, yolov5, yolov8 };
