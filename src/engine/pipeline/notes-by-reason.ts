/** Names in one sentence; the rest is counted. */
const mostNames = 6;

/** What holds of layers, by reason, a sentence for each: "Left as it was because its weights are stored as float16: conv1, conv2." */
export function notesByReason(what: string, layers: readonly { readonly name: string; readonly reason: string }[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { name, reason } of layers) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  return [...byReason].map(([reason, names]) => {
    const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
    return `${what} because ${reason}: ${names.slice(0, mostNames).join(', ')}${more}.`;
  });
}
