import type { Processes } from '../engine/base/command.ts';
import { Cancelled, LatheError } from '../engine/base/errors.ts';
import { compilers } from '../engine/targets/boards.ts';
import type { Compiler } from '../engine/targets/compile-plan.ts';
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

const engines = { docker: 'Docker', podman: 'Podman' } as const;
type Engine = keyof typeof engines;
const isEngine = (program: string): program is Engine => Object.hasOwn(engines, program);

/** What can compile for boards: container programs and whether they answer, images of vendors, their programs in PATH. */
export async function compilerChecks(processes: Processes): Promise<Check[]> {
  const programs = programsOf(compilers);
  const names = [...programs.keys()].filter(isEngine);
  const states = await Promise.all(names.map((name) => engineState(name, programs.get(name)!.advice, processes)));
  const running = states.flatMap(({ running }) => running ?? []);
  return [...states.map(({ check }) => check), ...(await imageChecks(running, processes)), ...(await programChecks(programs, processes))];
}

interface Wanted {
  readonly advice: string;
  readonly targets: string[];
}

/** Programs of all compilers, each once, with the targets that they compile for. */
function programsOf(all: readonly Compiler[]): Map<string, Wanted> {
  const programs = new Map<string, Wanted>();
  for (const { target, programs: wanted } of all)
    for (const { name, advice } of wanted) {
      // Python is told of with what it can import.
      if (/^python\d*$/.test(name)) continue;
      const known = programs.get(name);
      if (known) known.targets.push(target);
      else programs.set(name, { advice, targets: [target] });
    }
  return programs;
}

interface Running {
  readonly name: Engine;
  readonly program: string;
}

async function engineState(name: Engine, advice: string, processes: Processes): Promise<{ check: Check; running?: Running }> {
  const title = engines[name];
  const program = await processes.find(name);
  if (program === undefined) return { check: { name: title, ok: false, found: 'not found', advice: `For vendors’ compilers: ${advice}` } };
  const format = name === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}';
  const { ok, lines } = await answer(processes, program, ['version', '--format', format]);
  if (ok)
    return { check: { name: title, ok, found: `${name === 'docker' ? 'server ' : ''}${lines[0] ?? ''}` }, running: { name, program } };
  const why = lines.length ? `: ${lines.at(-1)}` : '';
  const start = name === 'docker' ? 'Start it: systemctl start docker, or Docker Desktop.' : 'See what `podman info` says.';
  return { check: { name: title, ok, found: `${program}, but it does not answer${why}`, advice: start } };
}

/** Which images of each vendor are there, by which program. */
async function imageChecks(running: readonly Running[], processes: Processes): Promise<Check[]> {
  const vendors = new Map(
    compilers.flatMap(({ images, target }) => (images ? [[images.title, { ...images, target }] as const] : [])).reverse(),
  );
  return Promise.all(
    [...vendors.values()].map(async ({ title, reference, usual, target }): Promise<Check> => {
      const filter = ['images', '--format', '{{.Repository}}:{{.Tag}}', '--filter', `reference=${reference}`];
      const listed = await Promise.all(
        running.map(async ({ name, program }) => {
          const { ok, lines } = await answer(processes, program, filter);
          return ok ? lines.map((line) => `${line} (${name})`) : [];
        }),
      );
      const there = listed.flat();
      const more = there.length > mostImages ? ` and ${there.length - mostImages} more` : '';
      if (there.length) return { name: title, ok: true, found: `${there.slice(0, mostImages).join(', ')}${more}` };
      const advice = `To compile for ${target}, several GB: docker pull ${usual}; or lathe compile --pull`;
      return { name: title, ok: false, found: 'no image', advice };
    }),
  );
}

/** The vendors' own programs. */
const programChecks = (programs: ReadonlyMap<string, Wanted>, processes: Processes): Promise<Check[]> =>
  Promise.all(
    [...programs]
      .filter(([name]) => !isEngine(name))
      .map(async ([name, { advice, targets }]): Promise<Check> => {
        const found = await processes.find(name);
        if (found !== undefined) return { name, ok: true, found };
        return { name, ok: false, found: 'not in PATH', advice: `For ${targets.join(', ')}: ${advice}` };
      }),
  );

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
