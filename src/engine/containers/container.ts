import type { NodeCategory } from '../../protocol/drawable.ts';
import type { ValueView } from '../../protocol/view.ts';

/** An operator of a file that is made for one chip. Values are by name. */
export interface ContainerNode {
  readonly name: string;
  readonly op: string;
  /** Where the name of the operator does not say it. */
  readonly category?: NodeCategory;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What a file for a board is, as far as its head says so; weights and instructions are not looked into. Texts are as the file has them. */
export interface Container {
  /** "Hailo executable, version 2". */
  readonly format: string;
  readonly producer: string;
  readonly bytes: number;
  /** Names and values, most important first: the chip. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly inputs: readonly ValueView[];
  readonly outputs: readonly ValueView[];
  readonly nodes: readonly ContainerNode[];
  /** What nodes hand on, where something is known of it. */
  readonly values: ReadonlyMap<string, ValueView>;
  /** Stored tensors, with their bytes. */
  readonly stored: ReadonlyMap<string, ValueView & { readonly bytes: number }>;
  /** What is odd, or not looked into; one sentence each. */
  readonly findings: readonly string[];
}
