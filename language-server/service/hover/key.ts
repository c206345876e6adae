import type { TSchema } from '@sinclair/typebox';
import type { Path } from '../../../src/engine/recipe/check.ts';
import { branches, describe, valueDescription } from '../../../src/engine/recipe/describe.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import { targetName } from '../written.ts';
import { bullets, code, paragraphs, valueCode } from './markdown.ts';
import type { HoverSource } from './subject.ts';

/** What a key is for. */
export const keyHover: HoverSource = ({ request, path, declared }) =>
  declared.isFree ? undefined : keyDocumentation(path, declared.schema, targetName(request.document));

/** A key with its value, default, unit, examples and source, as declared. Markdown. */
export function keyDocumentation(path: Path, schema: TSchema, target: string): string {
  const unit = typeof schema['unit'] === 'string' ? ` (${schema['unit']})` : '';
  return paragraphs(
    `**${code(keyName(path))}**: ${describe(schema)}${unit}`,
    schema.description,
    valueList(schema),
    bullets(
      [
        defaultText(schema, path, target),
        examplesText(schema),
        schema['layer'] === true && path[0] === 'steps' ? 'Can be set layer by layer in `layers`.' : undefined,
        typeof schema['source'] === 'string' ? `Source: *${schema['source']}*` : undefined,
      ].filter((line) => line !== undefined),
    ),
  );
}

/** The key with what it is a key of: `quantize.weights`, `data.input.mean`. Made-up keys are left out. */
function keyName(path: Path): string {
  const parts = path.filter((part): part is string => typeof part === 'string');
  if (path[0] === 'layers') return `layers.${parts.at(-1)}`;
  return parts.slice(path[0] === 'steps' && parts.length > 1 ? 1 : 0).join('.');
}

function valueList(schema: TSchema): string | undefined {
  const lines = branches(schema).flatMap((branch) => {
    const value: unknown = branch['const'];
    const description = value === undefined ? undefined : valueDescription(schema, value);
    return description ? [`${valueCode(value)}: ${description}`] : [];
  });
  return lines.length ? bullets(lines) : undefined;
}

function defaultText(schema: TSchema, path: Path, target: string): string | undefined {
  const usual: unknown = schema['default'];
  const [root, , step, key] = path;
  const limit = root === 'steps' && path.length === 4 ? findTarget(target)?.settings[String(step)]?.[String(key)] : undefined;
  const parts: string[] = [];
  if (usual !== undefined) parts.push(`Default: ${valueCode(usual)}`);
  if (limit?.default !== undefined) parts.push(`on ${code(target)} ${valueCode(limit.default)}`);
  const reason = limit?.reason ? ` (${limit.reason})` : '';
  if (limit?.allowed) parts.push(`which takes only ${limit.allowed.map(valueCode).join(', ')}${reason}`);
  return parts.length ? `${parts.join('; ')}.` : undefined;
}

function examplesText(schema: TSchema): string | undefined {
  const examples = schema['examples'] as unknown[] | undefined;
  return examples?.length ? `Example: ${examples.map((example) => valueCode(example)).join(', ')}` : undefined;
}
