import type { TSchema } from '@sinclair/typebox';
import { Document, parseDocument } from 'yaml';
import { Checker, type Issue } from '../../engine/recipe/check.ts';
import { branches } from '../../engine/recipe/describe.ts';

/**
 * The value that an option's text means, by the schema of its key: a number, text, a list by comma, or YAML's flow form for anything
 * deeper. A map may be given by its first key alone (`--decode yunet`) or by all its required ones (`--pairs "*_noisy.*,*.*"`).
 * What is wrong comes back as issues with an empty path.
 */
export function readValue(schema: TSchema, text: string): { value: unknown; issues: Issue[] } {
  const readings = readingsOf(schema, text);
  let first: Issue[] | undefined;
  for (const reading of readings) {
    const checker = new Checker(new Map());
    const value = checker.check(new Document(reading).contents, schema, []);
    if (checker.issues.length === 0) return { value, issues: [] };
    first ??= checker.issues;
  }
  return { value: undefined, issues: first ?? [] };
}

/** Possible meanings of a text, the most telling one for an error first. */
function readingsOf(schema: TSchema, text: string): unknown[] {
  const kinds = branches(schema);
  const plain = yaml(text);
  const readings: unknown[] = [];
  if (kinds.some((kind) => kind['type'] === 'array') && !/^\s*[[{]/.test(text)) {
    // A single item first, where a comma does not make it several.
    if (!text.includes(',')) readings.push(plain);
    readings.push(
      yaml(`[${text}]`),
      text.split(',').map((part) => part.trim()),
    );
  } else readings.push(plain);
  readings.push(text);
  for (const kind of kinds) if (kind['type'] === 'object') readings.push(...mapReadings(kind, text));
  return readings.filter((reading) => reading !== undefined);
}

function mapReadings(schema: TSchema, text: string): unknown[] {
  const properties = (schema['properties'] as Record<string, TSchema> | undefined) ?? {};
  const required = (schema['required'] as string[] | undefined) ?? [];
  const readings: unknown[] = [yaml(`{${text}}`)];
  const parts = text.split(',').map((part) => part.trim());
  if (required.length > 1 && parts.length === required.length) {
    readings.push(Object.fromEntries(required.map((key, i) => [key, parts[i]])));
  }
  const [key = Object.keys(properties)[0]] = required;
  if (key !== undefined && required.length < 2) readings.push({ [key]: readValue(properties[key]!, text).value });
  return readings;
}

/** Plain data, or undefined for what is no YAML. */
function yaml(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length || document.warnings.length) return undefined;
  try {
    return document.toJS({ maxAliasCount: 0 }) as unknown;
  } catch (error) {
    // An alias (`*_noisy.*`): no YAML then, but text.
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}
