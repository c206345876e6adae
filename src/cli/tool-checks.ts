import type { Processes } from '../engine/base/command.ts';
import { Cancelled, LatheError } from '../engine/base/errors.ts';
import { compilers } from '../engine/targets/boards.ts';
import { containerPrograms, type ContainerEngine } from '../engine/targets/container/container.ts';
import { vitisReleases } from '../engine/targets/zcu104/compiling/vitis.ts';
import { visible } from '../protocol/format.ts';

/** One thing that Lathe, or a target of it, can use. */
export interface Check {
  name: string;
  ok: boolean;
  /** What is there, in words. */
  found: string;
  /** How to get what is missing. */
  advice?: string;
}

const answerLimitMs = 5000;
const mostImages = 5;

/** What can compile for boards: container programs and whether they answer, images of Vitis AI, the vendors' programs in PATH. */
export async function compilerChecks(processes: Processes): Promise<Check[]> {
  const engines = await Promise.all(containerPrograms.map(({ name, advice }) => engineState(name, advice, processes)));
  const images = engines.flatMap(({ images }) => images);
  return [...engines.map(({ check }) => check), vitisCheck(images), ...(await programChecks(processes))];
}

interface EngineState {
  readonly check: Check;
  readonly images: readonly string[];
}

async function engineState(name: ContainerEngine, advice: string, processes: Processes): Promise<EngineState> {
  const title = name === 'docker' ? 'Docker' : 'Podman';
  const program = await processes.find(name);
  const nothing = { images: [] };
  if (program === undefined)
    return { check: { name: title, ok: false, found: 'not found', advice: `For vendors’ compilers: ${advice}` }, ...nothing };
  const format = name === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}';
  const version = await answer(processes, program, ['version', '--format', format]);
  if (!version.ok) {
    const why = version.lines.at(-1);
    return {
      check: {
        name: title,
        ok: false,
        found: `${program}, but it does not answer${why ? `: ${why}` : ''}`,
        advice: name === 'docker' ? 'Start it: systemctl start docker, or Docker Desktop.' : 'See what `podman info` says.',
      },
      ...nothing,
    };
  }
  const listed = await answer(processes, program, [
    'images',
    '--format',
    '{{.Repository}}:{{.Tag}}',
    '--filter',
    'reference=*xilinx/vitis-ai*',
  ]);
  const found = name === 'docker' ? `server ${version.lines[0] ?? ''}` : (version.lines[0] ?? '');
  return { check: { name: title, ok: true, found }, images: listed.ok ? listed.lines.map((line) => `${line} (${name})`) : [] };
}

function vitisCheck(images: readonly string[]): Check {
  if (images.length) {
    const more = images.length > mostImages ? ` and ${images.length - mostImages} more` : '';
    return { name: 'Vitis AI', ok: true, found: `${images.slice(0, mostImages).join(', ')}${more}` };
  }
  const advice = `To compile for the ZCU104, several GB: docker pull ${vitisReleases[0]!.images.xir}; or lathe compile --pull`;
  return { name: 'Vitis AI', ok: false, found: 'no image', advice };
}

/** The vendors' own programs, each once, with the targets that they compile for. */
async function programChecks(processes: Processes): Promise<Check[]> {
  const containers = new Set<string>(containerPrograms.map(({ name }) => name));
  const programs = new Map<string, { advice: string; targets: string[] }>();
  for (const { target, programs: wanted } of compilers)
    for (const { name, advice } of wanted.filter((program) => !containers.has(program.name))) {
      const known = programs.get(name);
      if (known) known.targets.push(target);
      else programs.set(name, { advice, targets: [target] });
    }
  return Promise.all(
    [...programs].map(async ([name, { advice, targets }]): Promise<Check> => {
      const found = await processes.find(name);
      if (found !== undefined) return { name, ok: true, found };
      return { name, ok: false, found: 'not in PATH', advice: `For ${targets.join(', ')}: ${advice}` };
    }),
  );
}

async function answer(processes: Processes, program: string, args: readonly string[]): Promise<{ ok: boolean; lines: string[] }> {
  try {
    const options = { signal: AbortSignal.timeout(answerLimitMs), keptBytes: 1 << 16 };
    const { exitCode, stdout, stderr } = await processes.run({ program, arguments: args }, options);
    const lines = (exitCode === 0 ? stdout : stderr).split('\n').map((line) => visible(line.trim()).slice(0, 200));
    return { ok: exitCode === 0, lines: lines.filter((line) => line !== '') };
  } catch (error) {
    if (error instanceof Cancelled) return { ok: false, lines: ['no answer in five seconds'] };
    if (error instanceof LatheError) return { ok: false, lines: [error.message] };
    throw error;
  }
}
