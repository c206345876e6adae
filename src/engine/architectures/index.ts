import type { Architecture } from './architecture.ts';
import { efficientnetLite0 } from './efficientnet-lite.ts';
import { mobilenetV1 } from './mobilenet-v1.ts';
import { mobilenetV2 } from './mobilenet-v2.ts';
import { mobilenetV3Small } from './mobilenet-v3.ts';
import { resnets } from './resnet.ts';
import { squeezenet } from './squeezenet.ts';
import { unet } from './unet.ts';
import { vggs } from './vgg.ts';
import { yunet } from './yunet.ts';

export type { Architecture, ArchitectureRequest } from './architecture.ts';

/** Every architecture that `lathe new` can make. */
export const architectures: readonly Architecture[] = [
  ...resnets,
  ...vggs,
  mobilenetV1,
  mobilenetV2,
  mobilenetV3Small,
  squeezenet,
  efficientnetLite0,
  unet,
  yunet,
];

export const findArchitecture = (name: string): Architecture | undefined => architectures.find((one) => one.name === name);
