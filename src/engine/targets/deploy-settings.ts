import { Type, type Static } from '@sinclair/typebox';
import { oneOf, summaries } from '../base/declaration.ts';
import { targets } from './index.ts';

/** Declarations of `deploy` in a recipe: which board, where it is, what to measure, and with which compiler. Light: types and data. */

/** Nothing that ssh or a shell could take for an option, a command or a second word. */
const plainName = '^[A-Za-z0-9_][A-Za-z0-9._:%-]*$';

export const compileSettings = Type.Object(
  {
    version: Type.Optional(
      Type.String({
        pattern: '^[0-9]+([.][0-9]+)*$',
        description: 'Version of the vendor’s tools. By default the one that the board’s image has, else the newest that is supported.',
        examples: ['3.0'],
      }),
    ),
    container: Type.Optional(
      oneOf(
        {
          auto: 'Tools in PATH, else docker, else podman.',
          none: 'Tools in PATH only.',
          docker: 'In a container by docker.',
          podman: 'In a container by podman.',
        },
        { default: 'auto', description: 'Where the vendor’s compiler runs.' },
      ),
    ),
    image: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9][A-Za-z0-9._/:@-]*$',
        description: 'Container image instead of the pinned one.',
        examples: ['xilinx/vitis-ai-pytorch-cpu:ubuntu2004-3.0.0.106'],
      }),
    ),
    pull: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Fetch the image where it is not on this machine: several GB. Using a vendor’s image accepts its licence.',
      }),
    ),
    architecture: Type.Optional(
      Type.String({
        pattern: '^(0x[0-9a-fA-F]{1,16}|[A-Z][A-Z0-9_]*)$',
        description: 'Accelerator to compile for, by name or fingerprint. By default that of the board, asked where there is a host.',
        examples: ['DPUCZDX8G_ISA1_B4096', '0x101000056010407'],
      }),
    ),
    chain: Type.Optional(
      oneOf(
        {
          auto: 'As the target’s tools want them: hailo8 and esp32s3 each by itself, the others as one.',
          whole: 'One file for all models.',
          each: 'A file for each model; what stands between two of them is left to the program that calls them.',
        },
        { default: 'auto', description: 'How several models that run one after another are compiled.' },
      ),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1440,
        default: 60,
        unit: 'minutes',
        description: 'Longest that one step of the compiler may take.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How the vendor’s compiler is called.' },
);

export const deployEntry = Type.Object(
  {
    target: Type.Optional(
      oneOf(summaries(targets), {
        description: 'Board to deploy to, by its name as a target. By default the recipe’s target.',
      }),
    ),
    host: Type.Optional(
      Type.String({
        pattern: plainName,
        maxLength: 255,
        description:
          'Host name or address, or an alias of your ssh configuration, where keys, ports and jump hosts may stand. Without it the entry is planned only.',
        examples: ['zcu104.local'],
      }),
    ),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, description: 'Port of its ssh server. By default what ssh takes.' })),
    user: Type.Optional(
      Type.String({ pattern: plainName, maxLength: 64, description: 'User there. By default what ssh takes.', examples: ['root'] }),
    ),
    identity: Type.Optional(
      Type.String({
        minLength: 1,
        format: 'path',
        description: 'Private key file. By default what ssh and its agent offer.',
        examples: ['~/.ssh/board'],
      }),
    ),
    folder: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1024,
        default: 'lathe',
        description: 'Folder on the board that Lathe keeps its files in; relative to the user’s home. Nothing outside is touched.',
        examples: ['/home/root/models'],
      }),
    ),
    runs: Type.Optional(Type.Integer({ minimum: 1, maximum: 100000, default: 100, description: 'Timed runs of a single picture.' })),
    'warm-up': Type.Optional(Type.Integer({ minimum: 0, maximum: 10000, default: 10, description: 'Runs before those, not timed.' })),
    threads: Type.Optional(
      Type.Union(
        [Type.Integer({ minimum: 1, maximum: 64 }), Type.Array(Type.Integer({ minimum: 1, maximum: 64 }), { minItems: 1, maxItems: 16 })],
        {
          description:
            'Threads that throughput is measured with, one number or several. By default 1 and as many as the accelerator has cores.',
          examples: [4, [1, 2, 4]],
        },
      ),
    ),
    seconds: Type.Optional(
      Type.Number({
        minimum: 0.1,
        maximum: 3600,
        default: 5,
        unit: 'seconds',
        description: 'How long throughput is measured for each number of threads.',
      }),
    ),
    pictures: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Most pictures of `data.test` that accuracy and outputs are taken on. By default all.' }),
    ),
    power: Type.Optional(Type.Boolean({ default: false, description: 'Measure the board’s power while it runs, idle subtracted.' })),
    keep: Type.Optional(Type.Boolean({ default: true, description: 'Leave the model on the board afterwards; all else is removed.' })),
    compile: Type.Optional(compileSettings),
  },
  { additionalProperties: false, description: 'A board that the result is compiled for, copied to and measured on.' },
);

export type CompileSettings = Static<typeof compileSettings>;
/** One entry of `deploy:`; in a resolved recipe every default is filled in, `target` too, and `identity` is absolute. */
export type DeployEntry = Static<typeof deployEntry>;
