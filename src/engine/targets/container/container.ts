import type { Command } from '../../base/command.ts';
import type { CompileRequest, ToolAnswer } from '../compile-plan.ts';
import type { CompileSettings } from '../deploy-settings.ts';

export type ContainerEngine = 'docker' | 'podman';

/** Programs that start containers, in the order in which they are tried. */
export const containerPrograms: readonly { readonly name: ContainerEngine; readonly advice: string }[] = [
  { name: 'docker', advice: 'https://docs.docker.com/engine/install' },
  { name: 'podman', advice: 'https://podman.io/docs/installation; in Debian and Fedora the package podman' },
];

/** Where the job's folder stands in a container. */
const workspace = '/workspace';

export interface ContainerRun {
  readonly engine: ContainerEngine;
  /** Absolute path of the engine's program. */
  readonly program: string;
  readonly image: string;
  readonly request: CompileRequest;
  /** Its user is this machine's, who starts it: so it is where containers run without root (docker rootless, and podman). */
  readonly rootless: boolean;
  /** Run by bash in the folder: a script there, then its arguments. */
  readonly script: string;
  readonly arguments: readonly string[];
}

export const containerName = ({ id }: Pick<CompileRequest, 'id'>): string => `lathe-${id}`;

/**
 * One program in a container: no terminal, no network, no capabilities, files of its own user, nothing of this machine but the job's folder. The
 * image is never fetched along the way. (docs.docker.com/reference/cli/docker/container/run, docs.podman.io podman-run.)
 */
export function runInContainer(run: ContainerRun): Command {
  const { engine, program, image, request } = run;
  return {
    program,
    arguments: [
      'run',
      '--rm',
      '--name',
      containerName(request),
      '--pull',
      'never',
      '--network',
      'none',
      '--cap-drop',
      'ALL',
      '--security-opt',
      'no-new-privileges',
      // A bind mount is refused to containers where SELinux is on (Fedora); relabelling a user's folder would outlast the job.
      '--security-opt',
      'label=disable',
      ...userArguments(engine, run.rootless, request.user),
      // The user has no entry in the image's list: what asks for a home or a name finds one here.
      '--env',
      'HOME=/tmp',
      '--env',
      'USER=lathe',
      '--mount',
      `type=bind,${mountField('source', request.folder)},target=${workspace}`,
      '--workdir',
      workspace,
      '--entrypoint',
      '/bin/bash',
      image,
      run.script,
      ...run.arguments,
    ],
  };
}

/** Ends the container and removes it: ending the program that started one leaves it running. */
export const removeContainer = (program: string, request: CompileRequest): Command => ({
  program,
  arguments: ['rm', '--force', containerName(request)],
});

export const pullImage = (program: string, image: string): Command => ({ program, arguments: ['pull', image] });

function userArguments(engine: ContainerEngine, rootless: boolean, user: CompileRequest['user']): string[] {
  if (!user) return [];
  const ours = ['--user', `${user.uid}:${user.gid}`];
  // Podman as a user maps that user to root inside; `keep-id` leaves the number as it is. As root there is nothing to keep.
  if (engine === 'podman') return user.uid === 0 ? ours : ['--userns', 'keep-id', ...ours];
  // Root inside is the user outside: any other number would be nobody's.
  return rootless ? [] : ours;
}

/** A field of `--mount`, which both engines read as CSV: a path may hold commas, quotes, colons and line ends. */
function mountField(name: string, value: string): string {
  const field = `${name}=${value}`;
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** What has to be asked of an engine before anything is started in it: does it answer, is it rootless, has it the image? */
export function containerQuestions(engine: ContainerEngine, program: string, image: string): { name: string; command: Command }[] {
  return [
    { name: `${engine} info`, command: { program, arguments: ['info', '--format', '{{json .}}'] } },
    { name: `${engine} image`, command: { program, arguments: ['image', 'inspect', '--format', '{{.Id}}', image] } },
  ];
}

export interface EngineState {
  /** It answers; undefined where it was not asked. */
  readonly answers?: boolean;
  readonly hasImage?: boolean;
  readonly rootless: boolean;
  /** Why it does not answer, in its words. */
  readonly problem?: string;
}

/** What the engine said to `containerQuestions`. */
export function engineState(engine: ContainerEngine, answers: Readonly<Record<string, ToolAnswer>>): EngineState {
  const info = answers[`${engine} info`];
  if (!info) return { rootless: false };
  // Docker may exit with 0 and the error in its answer where the server does not answer.
  const refused = /"ServerErrors":\s*\[\s*"((?:[^"\\]|\\.)*)"/.exec(info.stdout)?.[1];
  const ok = info.exitCode === 0 && refused === undefined;
  const problem = (refused ?? info.stderr.trim().split('\n').at(-1) ?? '').slice(0, 300);
  return {
    answers: ok,
    rootless: /"name=rootless"|"rootless":\s*true/.test(info.stdout),
    hasImage: answers[`${engine} image`]?.exitCode === 0,
    ...(ok || problem === '' ? {} : { problem }),
  };
}

/** The engines that settings allow, in the order in which they are tried. */
export const enginesFor = ({ container = 'auto' }: CompileSettings): readonly ContainerEngine[] =>
  container === 'none' ? [] : container === 'auto' ? ['docker', 'podman'] : [container];
