import { LatheError } from '../../base/errors.ts';
import type { CompilePlan, CompileRequest, Compiler, CompileStep } from '../compile-plan.ts';
import type { CompileSettings } from '../deploy-settings.ts';
import {
  containerPrograms,
  containerQuestions,
  engineState,
  enginesFor,
  pullImage,
  removeContainer,
  runInContainer,
  type ContainerEngine,
  type EngineState,
} from '../container/container.ts';
import { fingerprintDifference, readFingerprint } from './fingerprint.ts';
import { wantedDpu, type WantedDpu } from './compiling/architecture.ts';
import inConda from './compiling/in-conda.sh';
import { checkQuantized, inspectCompiled } from './compiling/inspect.ts';
import { findRelease, frontEnds, vitisReleases, type FrontEnd, type VitisRelease } from './compiling/vitis.ts';
import { readVitisLog } from './messages/read-log.ts';
import { b4096, type DpuArchitecture } from './verdict/architecture.ts';

/** A board of the family, for its compiler. */
export interface DpuBoard {
  /** Name of the target. */
  readonly target: string;
  /** For people: "ZCU104". */
  readonly title: string;
  /** The DPU of its ready-made images. */
  readonly architecture: DpuArchitecture;
}

const script = 'in-conda.sh';
const architectureFile = 'arch.json';
const outputFolder = 'compiled';
const licence =
  'Vitis AI is AMD’s: using its image accepts the licences in it (github.com/Xilinx/Vitis-AI, docker/dockerfiles/PROMPT.txt).';

/** The compiler of Vitis AI for a board with a DPUCZDX8G: from PATH, or in AMD's container image. */
export function dpuCompiler(board: DpuBoard): Compiler {
  return {
    target: board.target,
    format: 'xmodel',
    takes: ['.xmodel', '.h5'],
    programs: [
      { name: 'vai_c_xir', advice: 'part of Vitis AI, which comes as a container image: install docker or podman' },
      { name: 'vai_c_tensorflow2', advice: 'part of Vitis AI, which comes as a container image: install docker or podman' },
      ...containerPrograms,
    ],
    images: { title: 'Vitis AI', reference: '*xilinx/vitis-ai*', usual: vitisReleases[0]!.images.xir! },
    checkModel: checkQuantized,
    questions: (settings, tools, model) => questions(board, settings, tools, frontEndOf(model)),
    plan: (request) => plan(board, request),
    readLog: readVitisLog,
    inspect: (file, request) => {
      const wanted = wantedDpu(board, request);
      return inspectCompiled(file, wanted, request.settings.version);
    },
  };
}

export const zcu104Compiler: Compiler = dpuCompiler({ target: 'zcu104', title: 'ZCU104', architecture: b4096 });

const frontEndOf = (model: string): FrontEnd => (model.toLowerCase().endsWith('.h5') ? 'keras' : 'xir');

function questions(
  board: DpuBoard,
  settings: CompileSettings,
  tools: CompileRequest['tools'],
  frontEnd: FrontEnd,
): ReturnType<NonNullable<Compiler['questions']>> {
  if (usesPath(settings, tools, frontEnd)) return [];
  const image = imageFor(settings, releaseFor(board, settings, frontEnd, undefined), frontEnd);
  return enginesFor(settings).flatMap((engine) =>
    tools[engine] === undefined ? [] : containerQuestions(engine, tools[engine], qualified(engine, image)),
  );
}

function plan(board: DpuBoard, request: CompileRequest): CompilePlan {
  const { settings, tools, name } = request;
  const frontEnd = frontEndOf(request.model);
  const wanted = wantedDpu(board, request);
  checkBoard(wanted, request);
  const release = releaseFor(board, settings, frontEnd, wanted);
  const { program, option } = frontEnds[frontEnd];
  const call = [program, option, request.model, '-a', architectureFile, '-o', outputFolder, '-n', name];
  const output = `${outputFolder}/${name}.xmodel`;
  const step = { title: `Compile with ${program}`, limitMs: (settings.limit ?? 60) * 60_000, makes: output };
  const result = {
    output,
    beside: [`${outputFolder}/meta.json`, `${outputFolder}/md5sum.txt`],
  };
  const architecture = { name: architectureFile, text: `${JSON.stringify(wanted.description)}\n` };
  const notes = versionNotes(board, release, wanted);
  if (usesPath(settings, tools, frontEnd)) {
    const command = { program: tools[program] ?? program, arguments: call.slice(1) };
    const missing =
      tools[program] === undefined
        ? [{ what: program, advice: 'Start Lathe inside Vitis AI’s container, or leave container: none out.' }]
        : [];
    return { ...result, files: [architecture], steps: [{ ...step, command }], notes, missing };
  }
  const image = imageFor(settings, release, frontEnd);
  // Vitis-AI issue 263: the newest image made files for a DPU that no board had yet.
  if (!/:(?!latest$)[^/:]+$|@sha256:/.test(image))
    notes.push(`${image} has no fixed version: what it compiles for may be newer than the board.`);
  const { steps, missing } = inContainer(request, step, call, image, frontEnds[frontEnd].environment);
  return { ...result, files: [architecture, { name: script, text: inConda }], steps, notes, licence, missing };
}

/** Whether the program in PATH is taken. With an image named a container is meant. */
function usesPath({ container = 'auto', image }: CompileSettings, tools: CompileRequest['tools'], frontEnd: FrontEnd): boolean {
  return container === 'none' || (container === 'auto' && image === undefined && tools[frontEnds[frontEnd].program] !== undefined);
}

function inContainer(
  request: CompileRequest,
  step: Omit<CompileStep, 'command'>,
  call: readonly string[],
  image: string,
  environment: string,
): Pick<CompilePlan, 'steps' | 'missing'> {
  const { settings, tools, answers } = request;
  const { engine, state } = chosenEngine(settings, tools, answers);
  const program = tools[engine] ?? engine;
  const full = qualified(engine, image);
  const seconds = String(Math.ceil(step.limitMs / 1000) + containerGraceSeconds);
  const command = runInContainer({
    engine,
    program,
    image: full,
    request,
    rootless: state.rootless,
    script,
    arguments: [environment, seconds, ...call],
  });
  const compile = { ...step, title: `${step.title} in ${image}`, command, cleanUp: removeContainer(program, request) };
  const fetch = { title: `Fetch ${image}, several GB`, command: pullImage(program, full), limitMs: pullLimitMs };
  // Where nobody asked the engine (a plan only) it is not known whether the image is there.
  const fetches = settings.pull === true && state.hasImage !== true;
  return { steps: fetches ? [fetch, compile] : [compile], missing: missingOf(engine, tools, state, image, settings) };
}

/** The limit of the job itself comes first. */
const containerGraceSeconds = 60;
/** A slow line may need hours for an image. */
const pullLimitMs = 6 * 3_600_000;

/** The first that is there and answers, else the first that is there, else the first. */
function chosenEngine(
  settings: CompileSettings,
  tools: CompileRequest['tools'],
  answers: CompileRequest['answers'],
): { engine: ContainerEngine; state: EngineState } {
  const engines = enginesFor(settings).map((engine) => ({ engine, state: engineState(engine, answers) }));
  const there = engines.filter(({ engine }) => tools[engine] !== undefined);
  const answering = there.filter(({ state }) => state.answers !== false);
  return answering.find(({ state }) => state.hasImage) ?? answering[0] ?? there[0] ?? engines[0]!;
}

function missingOf(
  engine: ContainerEngine,
  tools: CompileRequest['tools'],
  state: EngineState,
  image: string,
  { container = 'auto', pull }: CompileSettings,
): CompilePlan['missing'] {
  if (tools[engine] === undefined) {
    const what = container === 'auto' ? 'vai_c_xir, docker or podman' : engine;
    const ways = containerPrograms
      .filter(({ name }) => container === 'auto' || name === engine)
      .map(({ name, advice }) => `${name}: ${advice}`);
    return [{ what, advice: `Install one: ${ways.join('; ')}. Then fetch the image: ${engine} pull ${image}` }];
  }
  if (state.answers === false) {
    const why = state.problem === undefined ? '' : ` (${state.problem})`;
    return [
      {
        what: `a running ${engine}${why}`,
        advice: engine === 'docker' ? 'Start Docker: systemctl start docker, or Docker Desktop.' : 'See that `podman info` works.',
      },
    ];
  }
  if (state.hasImage === false && pull !== true) {
    return [
      {
        what: `the image ${image}`,
        advice: `Fetch it, several GB: ${engine} pull ${qualified(engine, image)}; or let it be fetched: --pull. ${licence}`,
      },
    ];
  }
  return [];
}

/** Podman asks which registry a short name is from, and there is nobody to answer. */
const qualified = (engine: ContainerEngine, image: string): string =>
  engine === 'podman' && !/^(?:[^/]*[.:][^/]*|localhost)\//.test(image) ? `docker.io/${image}` : image;

/** Throws `compile.version`, `compile.image`. */
function releaseFor(board: DpuBoard, settings: CompileSettings, frontEnd: FrontEnd, wanted: WantedDpu | undefined): VitisRelease {
  if (settings.version !== undefined) {
    const found = findRelease(settings.version);
    if (found) return found;
    const there = vitisReleases.map(({ version }) => version).sort();
    throw new LatheError(
      'compile.version',
      `Vitis AI ${settings.version} is not known for the ${board.title}; there are ${there.join(', ')}`,
      {
        hint: 'Leave the version out for the one that fits the board.',
      },
    );
  }
  const older = (wanted ?? wantedDpu(board, { settings })).older;
  const fitting = vitisReleases.filter((release) => release.olderDpu === older);
  return fitting.find(({ images }) => images[frontEnd] !== undefined) ?? fitting[0]!;
}

function imageFor({ image }: CompileSettings, release: VitisRelease, frontEnd: FrontEnd): string {
  const found = image ?? release.images[frontEnd];
  if (found !== undefined) return found;
  throw new LatheError('compile.image', `no image of Vitis AI ${release.version} with ${frontEnds[frontEnd].program} is known`, {
    hint: 'Take version 3.5, whose files run on boards of 3.0, or name an image of your own (--image).',
  });
}

/** Refuses to compile for another DPU than the board's. */
function checkBoard({ fingerprint, asked }: WantedDpu, { fingerprint: board }: CompileRequest): void {
  const there = board === undefined ? undefined : readFingerprint(board);
  if (there === undefined || fingerprint === undefined || !asked) return;
  const difference = fingerprintDifference(fingerprint, there);
  if (difference === undefined) return;
  throw new LatheError('compile.fingerprint', `what is asked for would not run on the board: ${difference}`, {
    hint: `Leave architecture out, or set it to ${board}.`,
  });
}

function versionNotes(board: DpuBoard, release: VitisRelease, { fingerprint, older }: WantedDpu): string[] {
  if (fingerprint === undefined || release.olderDpu === older) return [];
  const images = release.olderDpu ? '2.5' : '3.0';
  return [
    `Vitis AI ${release.version} is asked to compile for a DPU of ${older ? '2.5' : '3.0 and 3.5'}; a ${board.title} with the image of ${images} has another.`,
  ];
}
