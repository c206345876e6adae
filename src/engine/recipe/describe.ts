import type { TSchema } from '@sinclair/typebox';

/** The branches of a union, nested ones flattened; a schema that is no union is its own only branch. */
export function branches(schema: TSchema): TSchema[] {
  const inner: unknown = schema['anyOf'];
  return Array.isArray(inner) ? inner.flatMap((branch: TSchema) => branches(branch)) : [schema];
}

/** The values of all literal and enum branches. */
export function literals(schema: TSchema): unknown[] {
  return branches(schema).flatMap((branch) => {
    if ('const' in branch) return [branch['const'] as unknown];
    const values: unknown = branch['enum'];
    return Array.isArray(values) ? (values as unknown[]) : [];
  });
}

/** What one of the literal values means, where its branch says so: `Type.Literal('mse', { description })`. */
export function valueDescription(schema: TSchema, value: unknown): string | undefined {
  if (!Array.isArray(schema['anyOf'])) return undefined;
  return branches(schema).find((branch) => 'const' in branch && branch['const'] === value)?.description;
}

/** What a key is for, and what each of its values means: "What a scale may be. `float`: any number. …" */
export function fullDescription(schema: TSchema): string {
  const values = literals(schema).flatMap((value) => {
    const description = valueDescription(schema, value);
    return description ? [`\`${String(value)}\`: ${description}`] : [];
  });
  return [schema.description ?? '', ...values].filter(Boolean).join(' ');
}

function range(schema: TSchema): string {
  const low = schema['minimum'] as number | undefined;
  const high = schema['maximum'] as number | undefined;
  const above = schema['exclusiveMinimum'] as number | undefined;
  const below = schema['exclusiveMaximum'] as number | undefined;
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  const parts: string[] = [];
  if (low !== undefined) parts.push(`of at least ${low}`);
  if (above !== undefined) parts.push(`above ${above}`);
  if (high !== undefined) parts.push(`of at most ${high}`);
  if (below !== undefined) parts.push(`below ${below}`);
  return parts.length ? ` ${parts.join(' and ')}` : '';
}

function describeBranch(schema: TSchema): string {
  switch (schema['type']) {
    case 'integer':
      return `a whole number${range(schema)}`;
    case 'number':
      return `a number${range(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return describeText(schema);
    case 'array': {
      const items: unknown = schema['items'];
      const count = schema['minItems'] !== undefined && schema['minItems'] === schema['maxItems'] ? `${String(schema['minItems'])} ` : '';
      if (Array.isArray(items)) return `a list of ${items.length} (${items.map((item: TSchema) => describe(item)).join(', ')})`;
      return `a list of ${count}items, each ${describe(items as TSchema)}`;
    }
    case 'object': {
      const keys = Object.keys((schema['properties'] as Record<string, TSchema> | undefined) ?? {});
      return keys.length ? `a map with ${keys.slice(0, 12).join(', ')}${keys.length > 12 ? ' …' : ''}` : 'a map';
    }
    default:
      return 'a value';
  }
}

function describeText(schema: TSchema): string {
  const description = schema['description'] as string | undefined;
  if (schema['pattern'] !== undefined && description?.startsWith('A '))
    return description.charAt(0).toLowerCase() + description.slice(1).replace(/\.$/, '');
  return typeof schema['format'] === 'string' ? `a ${schema['format']}` : 'text';
}

/** What a value may be, in words: "a whole number from 2 to 8, 16, ternary or float". */
export function describe(schema: TSchema): string {
  const words = branches(schema).flatMap((branch) => {
    const values = literals(branch);
    return values.length ? values.map(String) : [describeBranch(branch)];
  });
  const unique = [...new Set(words)];
  const last = unique.pop();
  return unique.length ? `${unique.join(', ')} or ${last}` : String(last);
}
