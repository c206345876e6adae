import { LatheError } from '../base/errors.ts';
import { dataTypeBits, DataType, dataTypeName } from './data-type.ts';
import { shortName, shownDims } from './decode-tensor.ts';
import type { Finding, Graph, Model, Node } from './graph.ts';
import { outputType, type TypeOf, wrongInput } from './operand-types.ts';
import type { Tensor } from './tensor.ts';

/** What onnxruntime-node 1.30 loads: newer models are refused, and models below the oldest operator set do not run. */
export const newestIrVersion = 13;
export const newestOpset = 26;
export const oldestOpset = 7;

/** Domains whose operators ONNX Runtime brings along. */
const knownDomains: ReadonlySet<string> = new Set([
  '', 'ai.onnx', 'ai.onnx.ml', 'ai.onnx.training', 'ai.onnx.preview', 'ai.onnx.preview.training', 'com.microsoft', 'com.microsoft.nchwc',
  'com.microsoft.experimental', 'com.ms.internal.nhwc',
]); // prettier-ignore

/** The values that a graph's nodes may read, with what is known of their element types. */
interface Scope {
  readonly graph: Graph;
  readonly around?: Scope;
  readonly types: Map<string, DataType>;
}

/**
 * Checks what must hold in any model: known versions, an output, every value made once and before it is read, tensors that hold what
 * their shape says, operands of a type the operator takes. Throws LatheError `model.*` or `graph.*` with the node for the first
 * violation; returns what is odd but valid. Needs no weights, so it holds after a light scan too.
 */
export function checkModel(model: Model): Finding[] {
  const findings: Finding[] = [];
  try {
    checkVersions(model, findings);
    if (model.graph.outputs.length === 0) throw new LatheError('model.no-outputs', 'the graph has no outputs');
    checkInterface(model.graph);
    checkGraph({ graph: model.graph, types: new Map() }, findings);
    for (const item of model.functions) checkGraph({ graph: item.body, types: new Map() }, findings);
    findCustomOperators(model, findings);
    findUnused(model.graph, findings);
  } catch (error) {
    if (!(error instanceof LatheError) || error.place.file !== undefined) throw error;
    throw new LatheError(error.code, error.message, { ...error.place, file: model.path }, error.exitCode);
  }
  return findings;
}

/**
 * Checks a model that was read, keeps the findings with it and sorts its nodes. `lenient`, for viewing: a violation is
 * a finding as well.
 */
export function accept(model: Model, lenient = false): void {
  try {
    model.findings = checkModel(model);
    sortAll(model.graph);
    for (const item of model.functions) sortAll(item.body);
  } catch (error) {
    if (!lenient || !(error instanceof LatheError)) throw error;
    model.findings = [{ code: error.code, message: error.message, node: error.place.node }];
  }
}

/** Throws where ONNX Runtime can't run the model: operators it does not have, operator sets older than it knows. */
export function checkRunnable(model: Model): void {
  const finding = checkModel(model).find(({ code }) => code === 'model.old-opset' || code === 'model.custom-operator');
  if (!finding) return;
  throw new LatheError(finding.code, finding.message, {
    file: model.path,
    node: finding.node,
    hint: 'Export it with operators that ONNX Runtime has, at operator set 13 or later.',
  });
}

function sortAll(graph: Graph): void {
  graph.sort();
  for (const node of graph.nodes) if (node.attributes.size) node.graphs().forEach(sortAll);
}

function checkVersions(model: Model, findings: Finding[]): void {
  if (model.irVersion > newestIrVersion) {
    throw new LatheError('model.ir-version', `IR version ${model.irVersion} is newer than ${newestIrVersion}, the newest known`);
  }
  const version = model.opsets.get('') ?? model.opsets.get('ai.onnx');
  if (version === undefined) {
    const node = model.graph.nodes.find(({ qualifiedOp, op }) => qualifiedOp === op);
    if (node && (model.irVersion >= 3 || model.opsets.size > 0)) {
      throw new LatheError('model.no-opset', "the model does not say which version of ONNX's operators it uses", { node: node.label });
    }
  }
  if (model.opset > newestOpset) {
    const hint = `Export it with an operator set up to ${newestOpset}.`;
    throw new LatheError('model.opset', `operator set ${model.opset} is newer than ${newestOpset}, the newest known`, { hint });
  }
  if (model.opset < 1) throw new LatheError('model.opset', `operator set ${model.opset} does not exist`);
  if (model.opset < oldestOpset) {
    const message = `operator set ${model.opset} is older than ${oldestOpset}, the oldest that ONNX Runtime runs`;
    findings.push({ code: 'model.old-opset', message });
  }
}

/** Callers feed the main graph's inputs, so they need types. */
function checkInterface(graph: Graph): void {
  for (const { name, type } of graph.inputs) {
    if (!type) throw new LatheError('model.no-type', `the input ${shortName(name)} has no type`);
    if ((type.kind === 'tensor' || type.kind === 'sparse') && !isKnown(type.elementType)) {
      throw new LatheError('model.type', `the input ${shortName(name)} has the unknown element type ${type.elementType}`);
    }
  }
}

const isKnown = (type: number): boolean => type === DataType.string || dataTypeBits(type) !== undefined;

function checkGraph(scope: Scope, findings: Finding[]): void {
  const { graph, types } = scope;
  checkNames(graph);
  if (scope.around) findHidden(scope, findings);
  for (const [name, tensor] of graph.initializers) {
    checkTensor(name, tensor);
    types.set(name, tensor.type);
  }
  for (const { name, type } of graph.inputs) if (type?.kind === 'tensor') types.set(name, type.elementType);
  const sorted = graph.isSorted();
  if (!sorted) {
    findings.push({ code: 'graph.unsorted', message: 'nodes are stored before the nodes they read from; they were put in order' });
  }
  for (const node of sorted ? graph.nodes : graph.topologicalOrder()) checkNode(node, scope, findings);
  for (const { name, type } of graph.outputs) {
    if (!isMade(name, scope)) throw new LatheError('graph.unknown-value', `nothing makes the output ${shortName(name)}`);
    const made = types.get(name);
    if (made === undefined || type?.kind !== 'tensor' || type.elementType === made || type.elementType === DataType.undefined) continue;
    const message = `the output ${shortName(name)} is declared as ${dataTypeName(type.elementType)} but is ${dataTypeName(made)}`;
    throw new LatheError('graph.type', message, { node: graph.producer(name)?.label });
  }
}

function checkNames(graph: Graph): void {
  const inputs = new Set<string>();
  for (const { name } of graph.inputs) {
    if (inputs.has(name)) throw new LatheError('graph.duplicate-value', `two inputs have the name ${shortName(name)}`);
    inputs.add(name);
  }
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      const other = inputs.has(output) ? 'an input' : graph.initializers.has(output) ? 'an initializer' : undefined;
      if (other) throw new LatheError('graph.duplicate-value', `the value ${shortName(output)} is ${other} too`, { node: node.label });
    }
  }
}

/** The first value of a sub-graph that hides one of the graph around it: ONNX forbids it, runtimes bear it. */
function findHidden({ graph, around }: Scope, findings: Finding[]): void {
  for (const node of graph.nodes) {
    const output = node.outputs.find((value) => value !== '' && isMade(value, around));
    if (output === undefined) continue;
    const message = `the value ${shortName(output)} hides one of the graph around it`;
    findings.push({ code: 'graph.hidden-value', message, node: node.label });
    return;
  }
}

function isMade(value: string, scope: Scope | undefined): boolean {
  for (let at = scope; at; at = at.around) if (at.graph.defines(value)) return true;
  return false;
}

function checkNode(node: Node, scope: Scope, findings: Finding[]): void {
  const place = { node: node.label };
  if (node.op === '') throw new LatheError('graph.no-operator', 'a node has no operator', place);
  for (const input of node.inputs) {
    if (input === '' || isMade(input, scope)) continue;
    throw new LatheError('graph.unknown-value', `nothing makes ${shortName(input)}, which the node reads`, place);
  }
  for (const [name, attribute] of node.attributes) {
    const tensors = attribute.kind === 'tensor' ? [attribute.value] : attribute.kind === 'tensors' ? attribute.value : [];
    for (const tensor of tensors) checkTensor(`${node.label}.${name}`, tensor);
  }
  const typeOf: TypeOf = (value) => {
    for (let at: Scope | undefined = scope; at; at = at.around) if (at.graph.defines(value)) return at.types.get(value);
    return undefined;
  };
  const wrong = wrongInput(node, typeOf);
  if (wrong) {
    const value = node.inputs[wrong.index]!;
    const type = dataTypeName(typeOf(value) ?? DataType.undefined);
    throw new LatheError('graph.type', `${node.op} wants ${wrong.wanted} for ${shortName(value)}, which is ${type}`, place);
  }
  const type = outputType(node, scope.graph, typeOf);
  if (type !== undefined && node.outputs[0]) scope.types.set(node.outputs[0], type);
  if (node.attributes.size) for (const graph of node.graphs()) checkGraph({ graph, around: scope, types: new Map() }, findings);
}

/** A tensor made in code is held to what the decoder checks of a file's. */
function checkTensor(name: string, tensor: Tensor): void {
  if (!isKnown(tensor.type)) throw new LatheError('model.type', `the tensor ${shortName(name)} has the unknown type ${tensor.type}`);
  const { source } = tensor;
  const isWrong =
    tensor.dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0) ||
    (source.kind === 'bytes' && source.bytes.length !== tensor.byteLength) ||
    (source.kind === 'strings' && source.strings.length !== tensor.size);
  if (isWrong)
    throw new LatheError('model.tensor-size', `the data of the tensor ${shortName(name)} does not fit its shape ${shownDims(tensor.dims)}`);
}

function findCustomOperators(model: Model, findings: Finding[]): void {
  const functions = new Set(model.functions.map((item) => `${item.domain}::${item.name}`));
  const reported = new Set<string>();
  const visit = (graph: Graph): void => {
    for (const node of graph.nodes) {
      const name = `${node.domain}::${node.op}`;
      if (!knownDomains.has(node.domain) && !functions.has(name) && !reported.has(name)) {
        reported.add(name);
        const message = `${shortName(name)} is no operator of ONNX or ONNX Runtime: the model can be viewed but not run`;
        findings.push({ code: 'model.custom-operator', message, node: node.label });
      }
      if (node.attributes.size) node.graphs().forEach(visit);
    }
  };
  visit(model.graph);
  for (const item of model.functions) visit(item.body);
}

function findUnused(graph: Graph, findings: Finding[]): void {
  const isUnused = (name: string): boolean => graph.users(name).length === 0 && !graph.isOutput(name);
  const initializers = [...graph.initializers.keys()].filter(isUnused);
  const inputs = graph.requiredInputs.map((input) => input.name).filter(isUnused);
  const list = (names: string[]): string => names.slice(0, 3).map(shortName).join(', ') + (names.length > 3 ? ' …' : '');
  if (initializers.length) {
    findings.push({
      code: 'graph.unused-initializer',
      message: `nothing reads ${initializers.length} of its constants: ${list(initializers)}`,
    });
  }
  if (inputs.length)
    findings.push({ code: 'graph.unused-input', message: `nothing reads ${inputs.length} of its inputs: ${list(inputs)}` });
}
