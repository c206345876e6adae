import type { CompilePlan, Compiler, CompileRequest } from '../compile-plan.ts';
import { readTrtexecLog, trtexecVersion } from './log.ts';

const advice = 'trtexec comes with TensorRT: on Jetson with JetPack in /usr/src/tensorrt/bin, elsewhere from developer.nvidia.com/tensorrt';

/** trtexec on this machine, for its own GPU. Other machines build their engine themselves (run.ts): it fits no other GPU. */
export const tensorrtCompiler: Compiler = {
  target: 'tensorrt',
  format: 'onnx',
  takes: ['.onnx'],
  onBoard: true,
  programs: [{ name: 'trtexec', advice }],
  questions: (_settings, tools) =>
    tools['trtexec'] === undefined ? [] : [{ name: 'help', command: { program: tools['trtexec'], arguments: ['--help'] } }],
  plan,
  readLog: readTrtexecLog,
};

function plan({ model, name, settings, tools, answers }: CompileRequest): CompilePlan {
  const output = `${name}.engine`;
  const said = answers['help'];
  const help = said && `${said.stdout}\n${said.stderr}`;
  const version = trtexecVersion(help ?? '');
  // Not asked: options of TensorRT 10.
  const has = (option: string): boolean => help?.includes(option) ?? option !== '--buildOnly';
  return {
    files: [],
    steps: [
      {
        title: 'Build the engine with trtexec',
        limitMs: (settings.limit ?? 60) * 60_000,
        makes: output,
        command: {
          program: tools['trtexec'] ?? 'trtexec',
          arguments: [
            `--onnx=${model}`,
            `--saveEngine=${output}`,
            // TensorRT 11 takes types from the model alone (migration guide 10.x to 11.x); before it integers have to be allowed.
            ...(has('--int8') ? ['--int8', '--fp16'] : []),
            ...(has('--skipInference') ? ['--skipInference'] : has('--buildOnly') ? ['--buildOnly'] : []),
            ...(has('--timingCacheFile') ? ['--timingCacheFile=timing.cache'] : []),
          ],
        },
      },
    ],
    output,
    notes: [
      'The engine is for the GPU of this machine and its version of TensorRT; lathe deploy builds it on the board instead.',
      ...(version === undefined
        ? []
        : [
            `TensorRT ${version}${has('--int8') ? ': layers that are not quantized run in 16-bit floats' : ': types are those of the model'}.`,
          ]),
    ],
    missing: tools['trtexec'] === undefined ? [{ what: 'trtexec', advice }] : [],
  };
}
